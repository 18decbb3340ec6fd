#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A reply of RFC 5321, section 4.2: one or more lines of a code of three
 * digits, "-" in all but the last, and text.
 */
enum {
	/* RFC 5321 sets no limit; what is longer is not meant to be read. */
	REPLY_LINES = 128,
	REPLY_TEXT = 16 * 1024,
};

struct reply {
	int code;
	size_t nlines;
	size_t len;
	char text[REPLY_TEXT];	/* the lines without codes, parted by LF */
};

enum reply_state {
	REPLY_INCOMPLETE,	/* more lines belong to it */
	REPLY_COMPLETE,
	REPLY_MALFORMED,	/* no reply, another code, or above a limit */
};

/* Makes the reply empty, for the first line. */
void reply_init(struct reply *);

/* Adds a line, given without its line end. */
enum reply_state reply_add(struct reply *, const char *line, size_t len);

/*
 * Whether these lines, for which no command is waiting, harm nothing: replies
 * that are all good, so that it does not matter which of them was meant, or
 * the 421 of a smarthost that is going (RFC 5321, section 3.8).
 */
bool reply_is_harmless(const char *lines, size_t len);

/* Joins the lines by blanks, for a verdict. */
void reply_join(struct reply *);

#endif
