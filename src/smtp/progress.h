#ifndef SMTP_PROGRESS_H
#define SMTP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct verdict;

/*
 * How far a transaction has come, as its replies tell: pure, and the one
 * place where a reply changes anything.
 */
struct progress {
	bool refused;		/* MAIL was */
	bool go_ahead;		/* DATA was answered with 354 */
	bool delivered;		/* the end of the data was accepted */
	size_t naccepted;	/* recipients, so far */
	size_t nrecipients;
	enum step {
		STEP_ASKED,	/* or not yet, or without a result */
		STEP_ACCEPTED,	/* waits for the end of data */
		STEP_SETTLED,	/* has its verdict */
	} *steps;		/* of each recipient, */
	struct verdict *verdicts;	/* and its verdict once it is settled */
};

void progress_init(struct progress *, size_t nrecipients);
void progress_free(struct progress *);

/* Whether it is known for each recipient what became of it. */
bool progress_settled(const struct progress *);

/*
 * What the verdict of a reply to a stage changes; recipient is whom RCPT was
 * about.  Returns whether the session can go on: not after a verdict of class
 * relay, which settles nobody, unless it only follows from what was refused
 * before.
 */
bool progress_reply(struct progress *, int stage, size_t recipient,
    const struct verdict *);

/* Gives whoever has no verdict yet this one. */
void progress_settle(struct progress *, const struct verdict *);

/*
 * The connection was lost, for this reason, after all of the message had gone
 * out: it may have been delivered.
 */
void progress_lost(struct progress *, const char *why);

#endif
