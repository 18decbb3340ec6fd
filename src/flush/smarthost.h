#ifndef FLUSH_SMARTHOST_H
#define FLUSH_SMARTHOST_H

#include <stdbool.h>
#include <stdint.h>

struct breaker;
struct config;
struct metrics;

/*
 * What is known of the smarthost: whether it may be tried (schedule.h), and
 * if not, since when and why.  Every change, and only a change, is logged and
 * written down for mailq (spool/status.h).
 */
struct smarthost {
	int spool;
	struct breaker *breaker;
	struct metrics *metrics;
	int trouble;		/* enum trouble, while the breaker is open */
	int64_t since;		/* seconds since the epoch */
	char reason[1024];
	int64_t delayed_since;	/* 0: mail does not wait for a rate */
	char rate[64];
	char address[64];	/* where it answered last; "": unknown */
	int64_t answered;	/* when, on the monotonic clock in ms */
};

/* Forgets what an earlier flusher wrote down. */
void smarthost_init(struct smarthost *, struct breaker *, struct metrics *,
    int spool);

/*
 * A session failed, with this enum trouble, for a reason that is not a
 * message's.
 */
void smarthost_failed(struct smarthost *, const struct config *,
    const char *reason, int trouble);

/* A session did its work. */
void smarthost_works(struct smarthost *);

/*
 * A session was begun, with "host[address]:port".  For ten minutes from then
 * on that address is the one to try first; after that another may be better,
 * and it is NULL.
 */
void smarthost_answered(struct smarthost *, const char *relay);
const char *smarthost_address(const struct smarthost *);

/* Somebody says to try now; if it fails again, that is worth a line. */
void smarthost_retry(struct smarthost *);

/* The same, with what may mend it: nobody is kept waiting for asking often. */
void smarthost_renew(struct smarthost *);

/*
 * Mail waits because this rate is used up; NULL: it waits no longer.  That is
 * to be said when none waits, not when one message may go.
 */
void smarthost_delays(struct smarthost *, const char *rate);

/* An address or a route has come: if that was missing, it is tried soon. */
void smarthost_network_came(struct smarthost *);

/* Whether a session may be begun; if not, in how many milliseconds. */
bool smarthost_allows(const struct smarthost *, int64_t *wait);

#endif
