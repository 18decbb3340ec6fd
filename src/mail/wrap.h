#ifndef MAIL_WRAP_H
#define MAIL_WRAP_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum {
	/* Bytes of a line without its CRLF: RFC 5322, section 2.1.1. */
	LINE_MAX_BYTES = 998,
};

enum wrap_style {
	/*
	 * A line is folded as a header field is (RFC 5322, section 2.2.3):
	 * before its last blank that fits, but not before the colon of the
	 * field; of a run of blanks one is kept.  Where there is no blank, one
	 * is added, after the last comma that fits if there is one.  No line
	 * is left that is nothing but blanks.
	 */
	WRAP_TEXT,
	/* Line ends mean nothing in base64 (RFC 2045, section 6.8). */
	WRAP_BASE64,
	/* Soft line breaks of quoted-printable (section 6.7, rule 5). */
	WRAP_QUOTED,
};

/*
 * Shortens the lines of a text in canonical form (canon.h) that have more
 * than LINE_MAX_BYTES, and leaves all others as they are.  No character of
 * UTF-8 is cut, but in base64, and no line begins with a hyphen that did not,
 * so that none becomes the delimiter of a multipart.
 */
struct wrap {
	enum wrap_style style;
	struct buf *line;	/* borrowed; what is not written yet */
	bool shortened;		/* it is the rest of a long line */
};

/* The text comes in pieces cut anywhere, and ends with a line end. */
void wrap_add(struct wrap *, const char *, size_t len, struct buf *out);

/* Appends a whole text, such as a header field, with its lines folded. */
void wrap_fold(struct buf *out, const char *, size_t len);

#endif
