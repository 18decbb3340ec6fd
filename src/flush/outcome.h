#ifndef FLUSH_OUTCOME_H
#define FLUSH_OUTCOME_H

struct recipient;
struct verdict;

/*
 * The line of the log about a recipient, in the words of Postfix: where the
 * time went that it took, and what became of it.  Times are in seconds,
 * moments since the epoch.
 */
struct outcome {
	const char *id;		/* of the message */
	const char *relay;	/* "host[address]:port" */
	double arrival;		/* moments: into the queue, */
	double taken;		/* and out of it */
	double connecting;
	double sending;
};

void outcome_log(const struct outcome *, const struct recipient *,
    const struct verdict *);

#endif
