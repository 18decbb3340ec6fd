#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The length of the UTF-8 character (RFC 3629) that the len bytes at p, at
 * least one, begin with; 0 if there is none: shortest form only, and no
 * surrogates.
 */
size_t utf8_length(const char *p, size_t len);

/*
 * The same of a character that may be shown: 0 for controls too, which work a
 * terminal, and of which there are C0, DEL and, as two bytes, C1 (ISO 6429),
 * and for U+2028 and U+2029, which end a line for some who read text.
 */
size_t utf8_printable(const char *p, size_t len);

/* Whether the string has no bytes above 127. */
bool utf8_is_ascii(const char *);

#endif
