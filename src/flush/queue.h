#ifndef FLUSH_QUEUE_H
#define FLUSH_QUEUE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item;
struct turns;

/*
 * The queue in memory: an index of the spool (item.h), ordered by the time
 * from which an entry is to be tried, the earlier arrival first.
 *
 * What is due goes out in turns (turns.h).  A name does not say who submitted
 * the message, so that is asked only when an item is due and can be sent: a
 * queue that waits costs nothing.
 */
struct queue {
	/* Who submitted an item.  0, or -1: it is gone.  arg is below. */
	int (*submitter)(void *arg, const struct item *, uid_t *);
	void *arg;
	struct item *items;	/* a binary heap of those that wait */
	size_t len;
	size_t size;
	struct turns *turns;	/* those that are due, as far as sorted out */
};

void queue_init(struct queue *,
    int (*submitter)(void *arg, const struct item *, uid_t *), void *arg);

void queue_add(struct queue *, const struct item *);

/* For one that was taken out: it is the next of this user. */
void queue_put_first(struct queue *, uid_t, const struct item *);

/* Takes out the item whose turn it is at this time.  False: none is due. */
bool queue_take(struct queue *, int64_t now, struct item *);

/* When something is due, in seconds since the epoch; INT64_MAX: never. */
int64_t queue_next(const struct queue *);

/* How many items there are. */
size_t queue_count(const struct queue *);

/*
 * How many items are due at this time, counted up to max: enough to know
 * whether another session is worth its while.
 */
size_t queue_count_due(const struct queue *, int64_t now, size_t max);

/* Empties it. */
void queue_clear(struct queue *);
void queue_free(struct queue *);

#endif
