#ifndef FLUSH_SCHEDULE_H
#define FLUSH_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When to try again.  Nothing here reads a clock: times are passed in, wall
 * clock in seconds for messages, a monotonic one in milliseconds for the
 * breaker.
 */

/*
 * When a message is due that arrived then and has this next attempt (-1: it
 * is new).  A clock that has been set back must not keep it waiting: what
 * would come after latest, or has not even arrived yet, is due now.
 */
int64_t schedule_due(int64_t arrival, int64_t next, int64_t now,
    int64_t latest);

/* The latest next attempt that schedule_next gives. */
int64_t schedule_latest(int64_t now, int64_t max);

/*
 * The next attempt of a message that was deferred now: after as long as it
 * has been there already, so that the waits double, within min and max.  A
 * possible duplicate waits for the 10 minutes that RFC 5321, section
 * 4.5.3.2.6, gives a server to finish.
 */
int64_t schedule_next(int64_t arrival, int64_t now, int64_t min, int64_t max,
    bool possible_duplicate);

/*
 * The one circuit breaker.  While it is open no session is begun; when until
 * has come, one is, to see.
 */
struct breaker {
	bool open;
	int64_t until;		/* ms */
	int64_t delay;		/* ms; the last wait without its jitter */
	int64_t tried;		/* ms; the last failure */
	int64_t pause;		/* ms; after that, before news count */
	bool news;		/* there was some while it was closed */
	bool asked;		/* somebody has said to try now */
	int64_t patience;	/* ms; after a failure, before that counts */
};

/*
 * The smarthost has failed: the wait doubles from min to max, and jitter, from
 * 0 to 1, takes up to a quarter off it, so that many hosts do not come at
 * once.
 */
void breaker_trip(struct breaker *, int64_t now, int64_t min, int64_t max,
    double jitter);

/* It works again. */
void breaker_reset(struct breaker *);

/*
 * Somebody says to try now: still open, but a session may be begun.  That may
 * be anybody, again and again: every time that this was in vain, it is the
 * later after the failure, up to the shortest wait.
 */
void breaker_retry(struct breaker *);

/*
 * There is news of the network: what has failed for want of it may work now.
 * It is tried soon, a moment after the news, because one change is many.  A
 * network that comes and goes must not make us hammer the smarthost: every
 * time that this was in vain, the next is twice as long after the failure.
 */
void breaker_hurry(struct breaker *, int64_t now);

/* Whether a session may be begun. */
bool breaker_allows(const struct breaker *, int64_t now);

#endif
