#ifndef MAIL_CANON_H
#define MAIL_CANON_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * The canonical form of a message (RFC 5322, section 2.3): every line ends
 * in CRLF, and CR and LF stand nowhere else.  In the input LF ends a line,
 * together with all CRs right before it; any other CR becomes a space; a last
 * line without an end gets one.  NULs pass: whoever reads the result drops
 * them, or refuses what has them.
 *
 * With dots, sendmail's convention for text on stdin holds too: a line of a
 * single dot ends the message, and a line that begins with two dots loses
 * one.
 */
struct canon {
	bool dots;
	bool eightbit;		/* a byte above 127 has been seen */
	bool bare_lf;		/* so has LF without CR before it */
	bool ended;		/* by a line of a single dot */
	enum canon_state {
		CANON_LINE,	/* at the beginning of a line */
		CANON_DOT,	/* after a dot that began the line */
		CANON_TEXT,
	} state;
	size_t crs;		/* CRs not yet known to end the line */
};

void canon_init(struct canon *, bool dots);

/*
 * Appends the canonical form of the next len bytes to out.  Returns how many
 * were used: all of them, unless a line of a single dot ended the message.
 */
size_t canon_add(struct canon *, const char *, size_t len, struct buf *out);

/*
 * The end of the input: ends the last line, as an LF would; with dots that
 * too may be a line of a single dot.
 */
void canon_finish(struct canon *, struct buf *out);

/*
 * Whether bytes that come after last (0: after none) are in this form, as far
 * as they go, and without NULs.  A whole message also ends in LF.
 */
bool canon_holds(char last, const char *, size_t len);

#endif
