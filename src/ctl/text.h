#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include <stddef.h>

/*
 * Prints text that anybody may have written, on one line: it is not to work
 * the terminal, so what is not printable is shown as "?".
 */
void text_print(const char *, size_t len);

/* The same for lines that end with LF or CRLF; tabs stay too. */
void text_print_lines(const char *, size_t len);

#endif
