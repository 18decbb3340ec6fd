#ifndef MAIL_BOUNDARY_H
#define MAIL_BOUNDARY_H

#include <stdbool.h>
#include <stddef.h>

enum {
	/* RFC 2046, section 5.1.1 allows 70; some writers take more. */
	BOUNDARY_MAX = 200,
	/* How deep multiparts are looked into; real ones stay below ten. */
	BOUNDARY_DEPTH = 100,
};

/* The multiparts around a place in a message, the outermost first. */
struct boundaries {
	size_t depth;
	struct boundary {
		size_t len;
		char text[BOUNDARY_MAX];
		bool digest;	/* its parts are messages by default */
	} stack[BOUNDARY_DEPTH];
};

/*
 * A multipart begins, with this value of its boundary parameter; blanks at
 * the end of that do not count.  0, or -1 when it is empty, too long or too
 * deep.
 */
int boundaries_push(struct boundaries *, const char *, size_t len,
    bool digest);

/*
 * Whether a line, without its CRLF, is a delimiter of one of the multiparts:
 * "--", the boundary, "--" again if it is the last one, and then only blanks.
 * If so, all within that multipart has ended, and with the last one it has
 * too (RFC 2046, sections 5.1.1 and 5.1.2).
 */
bool boundaries_end(struct boundaries *, const char *line, size_t len,
    bool *last);

#endif
