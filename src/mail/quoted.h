#ifndef MAIL_QUOTED_H
#define MAIL_QUOTED_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * The encoder of quoted-printable (RFC 2045, section 6.7) for text in
 * canonical form (canon.h), in pieces cut anywhere.  A line end stays a line
 * end, no line is longer than 76.  What a relay might change is encoded too:
 * blanks at the end of a line, the blank of "From " at its beginning, and a
 * line of a single dot.  A soft line break never makes a line that could be
 * the delimiter of a multipart.  A struct quoted of zeros is new.
 */
struct quoted {
	size_t column;		/* of the line that is being written */
	size_t from;		/* how much of "From " it began with */
	bool broken;		/* it comes after a soft line break */
	bool held;		/* last is not written yet, for whether it */
	char last;		/* ends the line is not known */
};

void quoted_add(struct quoted *, const char *, size_t len, struct buf *out);

/* The end of a text whose last line may have no line end. */
void quoted_finish(struct quoted *, struct buf *out);

#endif
