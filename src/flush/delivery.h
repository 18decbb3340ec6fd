#ifndef FLUSH_DELIVERY_H
#define FLUSH_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent;
struct batch;
struct config;
struct item;
struct job;
struct metrics;
struct report;
struct message;

/*
 * A message on its way: its file is open, and its recipients go out in one
 * job after the other.
 */
struct delivery {
	struct message *message;	/* NULL: the slot is free */
	struct item *item;
	int state;			/* where its file was last seen, an
					 * enum spool_state */
	struct agent *agent;		/* that has the job; NULL: none has */
	char id[14];
	double taken;			/* when; seconds since the epoch */
	double connecting;		/* seconds; of the session, once */
	struct batch *batch;		/* the recipients of the job */
	struct metrics *metrics;
	unsigned jobs;			/* in a row */
	bool sending;			/* its end of data goes out */
	bool possible_duplicate;
	bool tried;			/* a verdict came */
	bool touched;			/* a mark differs from the file's */
	bool settled;			/* one was delivered or has failed */
};

enum delivery_result {
	DELIVERY_OK,
	DELIVERY_GONE,		/* the file is no longer there */
	DELIVERY_LATER,		/* cannot be read now; was logged */
	DELIVERY_CORRUPT,	/* was logged and moved to corrupt/ */
};

/*
 * Opens and checks the file of an item.  On DELIVERY_OK it is logged as
 * active, and to be ended by settlement_run or delivery_drop.
 */
enum delivery_result delivery_begin(struct delivery *, int spool,
    const struct item *, struct metrics *);

/*
 * The next job: the next batch of recipients that are due, at most most of
 * them.  False when none is left.  *fd is a descriptor of the file that only
 * reads; it stays ours.
 */
bool delivery_next_job(struct delivery *, size_t most, struct job *, int *fd);

/*
 * The job is done: takes the verdicts down, in memory and in the log, and, if
 * the message goes on with another job, in the file.  Recipients that were
 * too many for one transaction go into the next; *most is then how many were
 * not.
 */
void delivery_verdicts(struct delivery *, int spool, const struct config *,
    const struct report *, const struct agent *, size_t *most);

/* The job was lost after the end of its data had gone out. */
void delivery_lost(struct delivery *, const struct config *,
    const struct agent *);

/* Whether any recipient has not been tried yet. */
bool delivery_has_more(const struct delivery *);

/*
 * Finds the file again, which somebody may have held, released or retried on
 * the way, for another try.  False and errno when it cannot be found: ENOENT
 * when it has been removed.
 */
bool delivery_find(struct delivery *, int spool);

/*
 * Writes down in the file what became of recipients since it was last done;
 * durable, if sync, or if one was delivered or has failed: a crash must not
 * undo that.  0, or -1 when the file has been removed or after it was logged.
 */
int delivery_mark(struct delivery *, int spool, bool sync);

/* Lets go of it, leaving the file as it is. */
void delivery_drop(struct delivery *);

#endif
