#ifndef SMTP_BASE64_H
#define SMTP_BASE64_H

#include <stddef.h>

struct buf;

/* Base 64 as in RFC 4648, section 4; both append to out. */
void base64_encode(const void *, size_t len, struct buf *out);

/*
 * Strict: whole groups of four, padding only where it belongs, nothing else
 * between and no stray bits, so that there is one text for any bytes.  0, or
 * -1 when it is malformed.
 */
int base64_decode(const char *, size_t len, struct buf *out);

#endif
