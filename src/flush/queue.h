#ifndef FLUSH_QUEUE_H
#define FLUSH_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The queue in memory: an index of the spool, ordered by the time from which
 * an entry is to be tried, the earlier arrival first.  The directory is what
 * counts: an item is a hint that may be there twice or name a file that is
 * gone, which shows when it is opened.
 */
struct item {
	uint64_t arrival;	/* as in struct entry */
	int64_t next;		/* as in struct entry */
	int64_t due;		/* seconds since the epoch */
};

struct queue {
	struct item *items;	/* a binary heap */
	size_t len;
	size_t size;
};

void queue_add(struct queue *, const struct item *);

/* The first item, or NULL when there is none.  Valid until the next call. */
const struct item *queue_first(const struct queue *);
void queue_remove_first(struct queue *);

/*
 * How many items are due at this time, counted up to max: enough to know
 * whether another session is worth its while.
 */
size_t queue_count_due(const struct queue *, int64_t now, size_t max);

void queue_clear(struct queue *);

#endif
