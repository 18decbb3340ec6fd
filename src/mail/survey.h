#ifndef MAIL_SURVEY_H
#define MAIL_SURVEY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What is in the body of a message, learned while it passes by in canonical
 * form (canon.h), in pieces cut anywhere.  A struct survey of zeros is new.
 */
struct survey {
	bool eightbit;		/* has a byte above 127 */
	bool malformed;		/* has what is not UTF-8 */
	bool overlong;		/* has a line over LINE_MAX_BYTES */
	size_t column;		/* bytes since the last LF */
	char tail[4];		/* of the last piece: part of a character */
	size_t taillen;
};

void survey_add(struct survey *, const char *, size_t len);

/*
 * The charset for the label of a body that has none: us-ascii, utf-8, or
 * unknown-8bit (RFC 1428, section 3).
 */
const char *survey_charset(const struct survey *);

/* Whether all of it, ASCII too, is UTF-8 (RFC 3629). */
bool survey_is_utf8(const struct survey *);

#endif
