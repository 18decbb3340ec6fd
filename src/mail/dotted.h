#ifndef MAIL_DOTTED_H
#define MAIL_DOTTED_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * The text that follows DATA in SMTP (RFC 5321, section 4.5.2): a line of a
 * single dot ends it, any other line that begins with a dot loses it.  Lines
 * end in CRLF and nothing else, so that no two programs can disagree about
 * where a message ends; with lf, for clients that write all their lines so,
 * they end in LF, with or without CR before it.
 */
struct dotted {
	bool lf;
	bool ended;
	enum dotted_state {
		DOTTED_LINE,	/* at the beginning of a line */
		DOTTED_DOT,	/* after a dot that began the line */
		DOTTED_DOT_CR,	/* and after CR behind that */
		DOTTED_TEXT,
		DOTTED_CR,	/* in the text, after CR */
	} state;
};

void dotted_init(struct dotted *, bool lf);

/*
 * Appends what the next len bytes hold, line ends as they are, to out.
 * Returns how many bytes were used: all of them, unless the text has ended.
 */
size_t dotted_add(struct dotted *, const char *, size_t len, struct buf *out);

#endif
