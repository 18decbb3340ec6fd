#include <config.h>

#include "flush/transit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "flush/agent.h"
#include "flush/allowance.h"
#include "flush/batch.h"
#include "flush/delivery.h"
#include "flush/item.h"
#include "flush/outbox.h"
#include "flush/queue.h"
#include "flush/scan.h"
#include "flush/schedule.h"
#include "flush/settlement.h"
#include "flush/slots.h"
#include "flush/sweeper.h"
#include "mail/job.h"
#include "mail/report.h"
#include "spool/message.h"
#include "spool/spool.h"

enum {
	/*
	 * Seconds until a file is tried again that cannot be read now, at
	 * first and when it has long been so: each time takes a line of log.
	 */
	UNREADABLE_WAIT = 60,
	UNREADABLE_WAIT_MAX = 60 * 60,
	/*
	 * The jobs of a message in a row, so that one with many recipients
	 * holds no agent for long while others wait.
	 */
	JOBS_IN_A_ROW = 10,
	/* Seconds until it is seen whether one under way can be taken up. */
	RENAMED_WAIT = 1,
	/* A power cut repeats at most the deliveries of this many ms. */
	SYNC_INTERVAL = 1000,
};

void
transit_init(struct transit *t)
{
	t->slots = xcalloc(1, sizeof(*t->slots));
	t->sweeper = xcalloc(1, sizeof(*t->sweeper));
	t->sweeper->sock = -1;
	t->settlement->sweeper = t->sweeper;
	t->recipients = JOB_RECIPIENTS;
	t->sync_at = INT64_MAX;
}

void
transit_free(struct transit *t)
{
	slots_clear(t->slots);
	free(t->slots);
	sweeper_rest(t->sweeper);
	free(t->sweeper);
}

void
transit_limit(struct transit *t, size_t recipients)
{
	if (recipients == 0)
		t->recipients = JOB_RECIPIENTS;
	else if (recipients < t->recipients)
		t->recipients = recipients;
}

bool
transit_is_busy(const struct transit *t)
{
	return transit_count(t) > 0;
}

size_t
transit_count(const struct transit *t)
{
	return slots_count(t->slots);
}

void
transit_wait(struct transit *t, bool agents)
{
	if (agents)
		sweeper_push(t->sweeper);
	else
		sweeper_rest(t->sweeper);
}

void
transit_sync(struct transit *t)
{
	static const enum spool_state states[] = {
		SPOOL_NEW, SPOOL_CUR, SPOOL_HOLD, SPOOL_FAILED,
	};

	if (t->sync_at == INT64_MAX)
		return;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (spool_sync(t->spool, states[i]) == -1)
			log_warn("cannot sync %s/", spool_name(states[i]));
	t->sync_at = INT64_MAX;
}

void
transit_sync_if_due(struct transit *t, int64_t clock)
{
	if (clock >= t->sync_at)
		transit_sync(t);
}

/*
 * Puts a message back as it is, behind those that have been waiting: were it
 * the one that breaks every session, the others would never get their turn.
 */
static void
put_back(struct transit *t, struct delivery *d, int64_t due)
{
	struct item item = *d->item;

	allowance_give_back(t->allowance, d->batch->nrecipients);
	item.due = due;
	delivery_drop(d);
	queue_add(t->queue, &item);
}

/*
 * Lets others have their turn before its next job.  It stays open, so that
 * who was deferred is not tried again with those who are still to come, and
 * first in its line, so that no more of one user's stay so than go out at a
 * time.
 */
static void
yield(struct transit *t, struct delivery *d)
{
	d->jobs = 0;
	queue_put_first(t->queue, d->message->uid, d->item);
}

static void
settle(struct transit *t, struct delivery *d)
{
	struct item again;

	if (settlement_run(t->settlement, d, &again))
		queue_add(t->queue, &again);
	if (t->sync_at == INT64_MAX)
		t->sync_at = date_monotonic() + SYNC_INTERVAL;
}

/* How many recipients a job may have now. */
static size_t
recipients_at_once(const struct transit *t)
{
	uint64_t left = allowance_left(t->allowance);

	return left < t->recipients ? (size_t)left : t->recipients;
}

/* Gives the agent the next job of a message, or settles it if there is none. */
static void
send_job(struct transit *t, struct agent *a, struct delivery *d)
{
	int64_t now = date_seconds();
	struct job job = { .slot = slots_number(t->slots, d) };
	size_t most = recipients_at_once(t);
	int fd;

	if (!delivery_next_job(d, most, &job, &fd)) {
		settle(t, d);
		return;
	}
	allowance_take(t->allowance, job.nrecipients);
	d->jobs++;
	d->agent = a;
	d->connecting = a->connecting;
	a->connecting = 0;
	if (agent_send(a, &job, fd) == -1) {
		/* It takes no more; pool_receive will know why. */
		a->window = 0;
		put_back(t, d, now);
	}
}

/* Between two jobs it may have been removed or held.  Whether it goes on. */
static bool
go_on(struct transit *t, struct agent *a, struct delivery *d)
{
	uid_t uid;

	if (scan_submitter(&t->spool, d->item, &uid) == -1) {
		delivery_drop(d);
		return false;
	}
	send_job(t, a, d);
	return true;
}

/* What is about it must have gone out before anything else is. */
static enum delivery_result
begin(struct transit *t, struct delivery *d, const struct item *item)
{
	if (!outbox_is_clear(t->settlement->outbox, item))
		return DELIVERY_LATER;
	return delivery_begin(d, t->spool, item, t->metrics);
}

static void
take_up(struct transit *t, struct agent *a, const struct item *item,
    int64_t now)
{
	struct delivery *d = slots_take(t->slots);
	struct item later = *item;

	switch (begin(t, d, item)) {
	case DELIVERY_OK:
		send_job(t, a, d);
		break;
	case DELIVERY_LATER:
		later.due = schedule_next((int64_t)(item->arrival / 1000000),
		    now, UNREADABLE_WAIT, UNREADABLE_WAIT_MAX, false);
		queue_add(t->queue, &later);
		break;
	case DELIVERY_GONE:
	case DELIVERY_CORRUPT:
		break;
	}
}

/*
 * Takes an item of the queue to the agent, if it is still there.  One that is
 * on its way under another name has got that since, by a release perhaps: it
 * is seen to when that has ended.
 */
static void
hand_out(struct transit *t, struct agent *a, const struct item *item,
    int64_t now)
{
	struct delivery *d = slots_holding(t->slots, item);
	bool renamed = d != NULL && d->item->next != item->next;
	struct item later = *item;

	if (d == NULL || (d->agent == NULL && !go_on(t, a, d))) {
		take_up(t, a, item, now);
	} else if (renamed) {
		later.due = now + RENAMED_WAIT;
		queue_add(t->queue, &later);
	}
}

bool
transit_is_allowed(const struct transit *t)
{
	return recipients_at_once(t) > 0;
}

bool
transit_hand_out(struct transit *t, struct agent *a, int64_t now)
{
	struct item item;

	if (!transit_is_allowed(t) || !queue_take(t->queue, now, &item))
		return false;
	hand_out(t, a, &item, now);
	return true;
}

static void
job_done(struct transit *t, struct agent *a, struct delivery *d,
    const struct report *report)
{
	d->agent = NULL;
	delivery_verdicts(d, t->spool, t->cfg, report, a, &t->recipients);
	if (!delivery_has_more(d))
		settle(t, d);
	else if (d->jobs < JOBS_IN_A_ROW && agent_is_free(a) &&
	    transit_is_allowed(t))
		go_on(t, a, d);
	else
		yield(t, d);
}

void
transit_report(struct transit *t, struct agent *a,
    const struct report *report)
{
	struct delivery *d = slots_find(t->slots, a, report->slot);

	if (d != NULL && report->kind == REPORT_SENDING)
		d->sending = true;
	else if (d != NULL && report->kind == REPORT_DONE)
		job_done(t, a, d, report);
}

void
transit_take_back(struct transit *t, struct agent *a)
{
	struct delivery *d;

	while ((d = slots_of(t->slots, a)) != NULL) {
		d->agent = NULL;
		if (d->sending && !a->ended) {
			delivery_lost(d, t->cfg, a);
			settle(t, d);
		} else
			put_back(t, d, date_seconds());
	}
}
