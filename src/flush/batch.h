#ifndef FLUSH_BATCH_H
#define FLUSH_BATCH_H

#include <stdbool.h>
#include <stddef.h>

struct envelope;
struct job;

/*
 * The recipients of a message that go out together, one batch after the
 * other: pure.  First come those whom every smarthost takes, then those that
 * need SMTPUTF8 (RFC 6531).  The two are never in one transaction, because
 * what one recipient needs would be asked of every server on the way of the
 * others.
 */
struct batch {
	bool utf8;		/* it is the turn of those that need SMTPUTF8 */
	size_t next;		/* the first in turn that was not yet in one */
	size_t *recipients;	/* who is: their indices in the envelope */
	size_t nrecipients;	/* up to JOB_RECIPIENTS */
};

/* An empty one, from which the first follows. */
struct batch *batch_new(void);
void batch_free(struct batch *);

/* Whether a recipient is left who is due and was in no batch. */
bool batch_has_next(const struct batch *, const struct envelope *);

/*
 * Goes on to the next batch, of at most most recipients, and puts them into
 * the job, borrowed from the envelope.
 */
void batch_next(struct batch *, const struct envelope *, size_t most,
    struct job *);

/* From this one of the batch on they were too many: they are next again. */
void batch_put_back(struct batch *, size_t i);

#endif
