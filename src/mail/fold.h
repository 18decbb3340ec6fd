#ifndef MAIL_FOLD_H
#define MAIL_FOLD_H

#include <stddef.h>

struct buf;

enum {
	/* Bytes of a line without its CRLF: RFC 5322, section 2.1.1. */
	LINE_MAX_BYTES = 998,
};

/*
 * Appends a header field, whole and in canonical form, with no line over
 * LINE_MAX_BYTES: a longer one is folded before its last blank that fits
 * (section 2.2.3), which changes nothing for whoever unfolds it.  Where there
 * is no blank it is broken all the same, between characters of UTF-8.
 */
void fold_add(struct buf *out, const char *field, size_t len);

#endif
