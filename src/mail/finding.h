#ifndef MAIL_FINDING_H
#define MAIL_FINDING_H

struct buf;

/* How it stands with one of the things that a check looks at. */
enum finding_kind {
	FINDING_OK,
	FINDING_NOTE,		/* worth knowing, and nothing to mend */
	FINDING_WARNING,	/* mail goes, but not all of it, or not long */
	FINDING_WRONG,		/* mail does not go */
};

struct finding {
	enum finding_kind kind;
	const char *what;
	const char *why;	/* it matters; "" or NULL: that is plain */
	const char *remedy;	/* the line to write or run; the same */
};

/* "ok", "note", "warning" and "wrong"; a constant. */
const char *finding_name(enum finding_kind);

/*
 * A finding as a line, in which the agent that checks the smarthost hands it
 * over: the name, and three fields each after a tab, with LF.  What is not
 * printable becomes "?".
 */
void finding_encode(const struct finding *, struct buf *);

/*
 * Takes a line without its LF apart; the finding points into it.  0, or -1
 * when it is not one.
 */
int finding_decode(struct finding *, char *line);

#endif
