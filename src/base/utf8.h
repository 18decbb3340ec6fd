#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * The length of the UTF-8 character (RFC 3629) that the len bytes at p, at
 * least one, begin with; 0 if there is none: shortest form only, and no
 * surrogates.
 */
size_t utf8_length(const char *p, size_t len);

/* Whether the string has no bytes above 127. */
bool utf8_is_ascii(const char *);

/*
 * Appends text with "?" for each control character, those of U+0080 to U+009F
 * too, for each byte that is not UTF-8 and, when it is to be ASCII, for each
 * other character.
 */
void utf8_add_printable(struct buf *, const char *, size_t len, bool ascii);

#endif
