#ifndef MAIL_FILL_H
#define MAIL_FILL_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum {
	/* Bytes of a line without its CRLF: RFC 5322, section 2.1.1. */
	FILL_FIELD = 78,
	/* Quoted-printable has no more (RFC 2045, section 6.7). */
	FILL_TEXT = 76,
};

/*
 * Text that is put into lines, in canonical form (canon.h), whatever is in
 * it: what is not printable is replaced (utf8_printable), lines are broken at
 * blanks so that they have no more bytes than these, and where there is no
 * blank they are shortened as wrap.h says.  Blanks at the end are dropped.
 */

/*
 * Appends a header field, "Name: value", folded before blanks, which are all
 * kept; ascii: each character beyond that is replaced.
 */
void fill_field(struct buf *, bool ascii, const char *fmt, ...)
    __attribute__((__format__(printf, 3, 4)));

/*
 * Appends text.  Every line begins with lead, blanks; the blanks that a line
 * is broken at are dropped.
 */
void fill_text(struct buf *, const char *lead, const char *fmt, ...)
    __attribute__((__format__(printf, 3, 4)));

/* Appends a paragraph without lead, and an empty line. */
void fill_paragraph(struct buf *, const char *fmt, ...)
    __attribute__((__format__(printf, 2, 3)));

#endif
