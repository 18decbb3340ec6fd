#ifndef FLUSH_RATE_H
#define FLUSH_RATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A limit of so many in any time of a given length, as providers count: a
 * window that slides, not a bucket that fills, because one that has filled
 * lets through twice as many.  It is cut into slots, and a slot leaves it
 * whole, so it takes up to a sixtieth longer than it has to.
 *
 * Pure: times are passed in, in milliseconds since the epoch.  A clock that
 * has been set back makes nothing free: what was later counts as now.
 */
enum { RATE_SLOTS = 60 };

struct rate {
	uint64_t count;		/* so many at most */
	int64_t period;		/* in as many milliseconds */
	int64_t newest;		/* the number of the newest slot: its time
				 * in lengths of a slot */
	uint64_t used[RATE_SLOTS + 1];	/* by number, modulo */
};

void rate_init(struct rate *, uint64_t count, int64_t period);

/* How many are left now. */
uint64_t rate_left(struct rate *, int64_t now);

/* In how many milliseconds one will be; 0 if one is. */
int64_t rate_wait(struct rate *, int64_t now);

/* Uses some, or gives back some that have not been used in the end. */
void rate_take(struct rate *, uint64_t n, int64_t now);
void rate_give_back(struct rate *, uint64_t n, int64_t now);

/*
 * How many were used in the slot with this index, up to RATE_SLOTS, with the
 * time at which it began; and that again, for a rate that does not know it.
 */
uint64_t rate_used(const struct rate *, size_t i, int64_t *time);
void rate_restore(struct rate *, uint64_t n, int64_t time, int64_t now);

#endif
