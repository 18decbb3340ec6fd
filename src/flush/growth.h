#ifndef FLUSH_GROWTH_H
#define FLUSH_GROWTH_H

#include <stddef.h>
#include <stdint.h>

/*
 * How many sessions are worth their while.  Pure: clock is monotonic, in
 * milliseconds.  The first session shows whether the smarthost lets us in,
 * so that a wrong password is tried once.  Another one pays when what is
 * waiting would keep those that are there busy for some times as long as it
 * takes to connect, and when the last one has made it faster; both are
 * measured.  When the smarthost has had too many, there are fewer for a while.
 */
struct growth {
	int64_t connecting;	/* how long the last session took to begin */
	int64_t since;		/* the time from which jobs are counted */
	size_t done;		/* jobs since then */
	double before;		/* jobs per ms, when it was one session less */
	size_t limit;		/* of sessions; 0: none */
	int64_t limit_until;
};

/* A session has begun, after so many milliseconds; a job is done. */
void growth_connected(struct growth *, int64_t clock, int64_t connecting);
void growth_done(struct growth *);

/* There was nothing to do until now: what was counted says nothing. */
void growth_idle(struct growth *, int64_t clock);

/* The smarthost had too many at so many sessions. */
void growth_shrink(struct growth *, int64_t clock, size_t sessions);

/*
 * How many jobs have to wait to make one more session worth it, beside so
 * many; SIZE_MAX when there should not be one.
 */
size_t growth_worth(const struct growth *, int64_t clock, size_t sessions);

#endif
