#ifndef FLUSH_TRANSIT_H
#define FLUSH_TRANSIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent;
struct allowance;
struct config;
struct metrics;
struct queue;
struct report;
struct slots;
struct settlement;
struct sweeper;

/*
 * Messages on their way: taken from the queue, handed to agents, and settled
 * as these report, or put back.  Times are in seconds since the epoch.
 */
struct transit {
	const struct config *cfg;
	int spool;
	struct queue *queue;
	struct allowance *allowance;
	struct metrics *metrics;
	struct slots *slots;	/* of the messages that agents have */
	struct sweeper *sweeper;
	struct settlement *settlement;
	size_t recipients;	/* at most in a job */
	int64_t sync_at;	/* names changed that are to be synced then,
				 * on the monotonic clock in ms; or
				 * INT64_MAX */
};

void transit_init(struct transit *);
void transit_free(struct transit *);

/* No more recipients than this in a job from now on; 0: any number again. */
void transit_limit(struct transit *, size_t recipients);

/* Whether any message is out with an agent, and how many are. */
bool transit_is_busy(const struct transit *);
size_t transit_count(const struct transit *);

/*
 * We are about to wait, for agents or, if there are none, for something new to
 * do.
 */
void transit_wait(struct transit *, bool agents);

/* Syncs the names that changed, once a second at most, or now. */
void transit_sync_if_due(struct transit *, int64_t clock);
void transit_sync(struct transit *);

/* Whether the rates allow a job now. */
bool transit_is_allowed(const struct transit *);

/*
 * Gives the agent the next message that is due at this time.  False when
 * there is none, or none is allowed.
 */
bool transit_hand_out(struct transit *, struct agent *, int64_t now);

/* Takes a REPORT_SENDING or REPORT_DONE of an agent. */
void transit_report(struct transit *, struct agent *, const struct report *);

/*
 * Takes back the jobs of an agent that has exited.  If it said that its
 * session had ended, none of them was delivered.
 */
void transit_take_back(struct transit *, struct agent *);

#endif
