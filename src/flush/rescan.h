#ifndef FLUSH_RESCAN_H
#define FLUSH_RESCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox;
struct queue;

/*
 * When the spool is read again (scan.h): at the start; when hints were lost
 * or somebody says that all is due; and an hour after something has happened,
 * and hourly while there is something in the queue, for what a submission
 * left that was killed before it woke us, and for notifications (outbox.h) that
 * wait; and soon when it could not be read, for want of a descriptor perhaps.
 * Whoever has nothing to do then sleeps until he is woken.
 *
 * Anybody can ask for it, so for a long queue it takes a tenth of our time at
 * most, however often they ask.  Times are monotonic, in milliseconds.
 */
struct rescan {
	int64_t at;		/* INT64_MAX: it is not wanted */
	int64_t from;		/* not before */
	int64_t housekeeping;	/* INT64_MAX: there is nothing to look after */
	bool all;		/* everything is due then */
	size_t hints;		/* taken since */
	bool incomplete;	/* it could not be read: there may be more */
};

/* Reads the spool again, soon.  With all, everything is due then. */
void rescan_want(struct rescan *, bool all);

/*
 * Whether another hint may be put into the queue.  It may be false, and only
 * reading the spool clears it away: when there were many, that is wanted
 * instead.
 */
bool rescan_takes_hint(struct rescan *);

/* Something has happened at this time. */
void rescan_expect(struct rescan *, int64_t clock);

/* Does what is due.  retry_max: the longest that a message waits, seconds. */
void rescan_run(struct rescan *, struct queue *, struct outbox *,
    int64_t clock, int64_t retry_max);

/* When something is due; INT64_MAX: never. */
int64_t rescan_next(const struct rescan *);

#endif
