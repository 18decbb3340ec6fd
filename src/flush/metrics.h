#ifndef FLUSH_METRICS_H
#define FLUSH_METRICS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct tally;

/*
 * What has happened since this flusher began, for Prometheus.  Pure: moments
 * are seconds since the epoch, durations are seconds.
 */
struct metrics {
	struct tally *tally;
	int64_t open_since;	/* no mail can be sent; 0: the breaker is
				 * closed */
	int64_t rate_since;	/* mail waits for a rate; 0: it does not */
	bool changed;		/* since somebody set this to false */
};

void metrics_init(struct metrics *, int64_t now);
void metrics_free(struct metrics *);

/*
 * What became of a recipient (enum recipient_state), so long after the message
 * arrived; and that the message may have been delivered twice.
 */
void metrics_recipient(struct metrics *, int state, double delay);
void metrics_duplicate(struct metrics *);

/* A transaction took so long, from MAIL to the last verdict. */
void metrics_transaction(struct metrics *, double seconds);

/* A session began, which took so long; and one failed (enum trouble). */
void metrics_session(struct metrics *, double setup);
void metrics_failure(struct metrics *, int trouble);

/* What mail waits for, and since when; 0 for what it does not wait for. */
void metrics_waits(struct metrics *, int64_t open_since, int64_t rate_since);

/* Appends all of it as metrics (exposition.h). */
void metrics_print(const struct metrics *, struct buf *);

#endif
