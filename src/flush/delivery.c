#include <config.h>

#include "flush/delivery.h"

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "flush/agent.h"
#include "flush/batch.h"
#include "flush/item.h"
#include "flush/schedule.h"
#include "flush/sweeper.h"
#include "mail/envelope.h"
#include "mail/job.h"
#include "mail/report.h"
#include "mail/verdict.h"
#include "spool/config.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"

static struct entry
entry_of(const struct item *item)
{
	return (struct entry){ .arrival = item->arrival, .next = item->next };
}

static enum spool_state
state_of(const struct item *item)
{
	return item->next == -1 ? SPOOL_NEW : SPOOL_CUR;
}

static double
age(const struct delivery *d, double at)
{
	double seconds = at - (double)d->item->arrival / 1e6;

	return seconds > 0 ? seconds : 0;
}

/* What cannot be read is kept, where nothing tries to send it. */
static enum delivery_result
set_aside(int spool, const struct item *item, const char *id, const char *why)
{
	struct entry entry = entry_of(item);
	char name[ENTRY_NAME_SIZE];

	entry_name(&entry, name);
	log_warnx("%s: %s; moved to corrupt/", id, why);
	if (spool_move(spool, state_of(item), name, SPOOL_CORRUPT, name) == -1)
		log_warn("%s: cannot move it to corrupt/", id);
	return DELIVERY_CORRUPT;
}

/*
 * What could not be removed afterwards is not sent: it would be sent again and
 * again.
 */
static enum message_error
check_all(struct message *m, int spool, const struct item *item,
    const char **why)
{
	struct entry entry = entry_of(item);
	enum message_error error;

	if (!spool_may_add(spool))
		return MESSAGE_UNREADABLE;
	error = message_open(m, spool, (int)state_of(item), &entry, why);
	if (error != MESSAGE_OK)
		return error;
	error = message_verify(m, why);
	if (error != MESSAGE_OK)
		message_close(m);
	return error;
}

static enum delivery_result
open_and_verify(struct message *m, int spool, const struct item *item,
    const char *id)
{
	const char *why;

	switch (check_all(m, spool, item, &why)) {
	case MESSAGE_OK:
		return DELIVERY_OK;
	case MESSAGE_GONE:
		return DELIVERY_GONE;
	case MESSAGE_CORRUPT:
		return set_aside(spool, item, id, why);
	case MESSAGE_UNREADABLE:
		break;
	}
	log_warn("%s: cannot be taken up; it stays in the queue", id);
	return DELIVERY_LATER;
}

enum delivery_result
delivery_begin(struct delivery *d, int spool, const struct item *item)
{
	struct message m;
	struct entry entry = entry_of(item);
	enum delivery_result result;
	const struct envelope *e;

	*d = (struct delivery){ .taken = date_now() };
	entry_id(&entry, d->id);
	result = open_and_verify(&m, spool, item, d->id);
	if (result != DELIVERY_OK)
		return result;
	d->message = xcalloc(1, sizeof(*d->message));
	*d->message = m;
	d->item = xcalloc(1, sizeof(*d->item));
	*d->item = *item;
	d->batch = batch_new();
	e = m.envelope;
	log_info("%s: from=<%s>, size=%lld, nrcpt=%zu, uid=%lu (queue active)",
	    d->id, e->sender, (long long)e->size,
	    envelope_count(e, RECIPIENT_DUE), (unsigned long)m.uid);
	return DELIVERY_OK;
}

bool
delivery_has_more(const struct delivery *d)
{
	return batch_has_next(d->batch, d->message->envelope);
}

bool
delivery_next_job(struct delivery *d, size_t most, struct job *job, int *fd)
{
	const struct envelope *e = d->message->envelope;

	if (!delivery_has_more(d))
		return false;
	job->id = d->id;
	job->offset = e->length;
	job->size = e->size;
	job->eightbit = e->eightbit;
	job->sender = e->sender;
	job->ret = e->ret;
	job->envid = e->envid;
	job->require_tls = e->require_tls;
	d->sending = false;
	batch_next(d->batch, e, most, job);
	*fd = d->message->fd;
	return true;
}

/* Two significant digits, as in Postfix's log. */
static void
print_delay(char out[32], double seconds)
{
	if (seconds < 0.01)
		snprintf(out, 32, "0");
	else
		snprintf(out, 32, seconds < 100 ? "%.2g" : "%.0f", seconds);
}

static void
log_recipient(const struct delivery *d, const struct recipient *r,
    const struct verdict *v, const struct agent *a, double sending)
{
	static const char *const status[] = {
		[RECIPIENT_DUE] = "deferred",
		[RECIPIENT_DELIVERED] = "sent",
		[RECIPIENT_FAILED] = "bounced",
	};
	double at = date_now(), waited = age(d, d->taken);
	char total[32], before[32], active[32], connecting[32], sent[32];

	print_delay(total, age(d, at));
	print_delay(before, waited);
	print_delay(active, at - d->taken - sending);
	print_delay(connecting, d->connecting);
	print_delay(sent, sending);
	log_event("smtp", "%s: to=<%s>, relay=%s, delay=%s, delays=%s/%s/%s/%s,"
	    " dsn=%s, status=%s (%s)", d->id, r->address, a->relay, total,
	    before, active, connecting, sent, v->status, status[r->state],
	    v->text);
}

/*
 * The only place where a verdict changes a recipient.  What was deferred too
 * often for its lifetime has failed, with the reason that it was deferred
 * for.
 */
static void
apply(struct delivery *d, struct recipient *r, const struct config *cfg,
    struct verdict *v, const struct agent *a, double sending)
{
	bool final = v->class == VERDICT_RECIPIENT ||
	    v->class == VERDICT_MESSAGE;
	char reason[ENVELOPE_REASON + 1];

	if (v->outcome == VERDICT_DELIVERED)
		r->state = RECIPIENT_DELIVERED;
	else if (v->outcome == VERDICT_PERMANENT && final)
		r->state = RECIPIENT_FAILED;
	else if (final && age(d, date_now()) >= (double)cfg->lifetime) {
		r->state = RECIPIENT_FAILED;
		snprintf(v->status, sizeof(v->status), "4.4.7");
	}
	snprintf(reason, sizeof(reason), "%s %.*s", v->status,
	    ENVELOPE_REASON - (int)sizeof(v->status), v->text);
	free(r->reason);
	r->reason = xstrdup(reason);
	r->touched = d->touched = true;
	if (r->state != RECIPIENT_DUE)
		d->settled = true;
	if (v->possible_duplicate && !d->possible_duplicate) {
		d->possible_duplicate = true;
		log_warnx("%s: possible duplicate: %s", d->id, v->text);
	}
	log_recipient(d, r, v, a, sending);
}

static int
mark_all(struct delivery *d, int spool)
{
	const struct envelope *e = d->message->envelope;
	struct entry entry = entry_of(d->item);
	int result;

	result = message_reopen(d->message, spool, (int)state_of(d->item),
	    &entry);
	for (size_t i = 0; i < e->nrecipients && result == 0; i++) {
		if (e->recipients[i].touched)
			result = message_mark(d->message, &e->recipients[i]);
		e->recipients[i].touched = false;
	}
	return result;
}

/*
 * Marks that a crash must not undo are synced: they say who has the message
 * already, or that nobody will try again.
 */
static void
write_marks(struct delivery *d, int spool)
{
	int result = mark_all(d, spool);

	if (result == 0 && d->settled)
		result = message_sync(d->message);
	if (result == -1)
		log_warn("%s: cannot write down what was delivered: "
		    "possible duplicate", d->id);
	d->touched = d->settled = false;
}

/*
 * The first that was one too many for a transaction (RFC 5321, section
 * 4.5.3.1.10), behind some that were taken; nrecipients if there is none.
 */
static size_t
first_of_too_many(const struct batch *b, const struct report *report)
{
	bool taken = false;

	for (size_t i = 0; i < b->nrecipients && i < report->nverdicts; i++)
		if (report->verdicts[i].outcome == VERDICT_DELIVERED)
			taken = true;
		else if (taken && verdict_is_too_many(&report->verdicts[i]))
			return i;
	return b->nrecipients;
}

void
delivery_verdicts(struct delivery *d, int spool, const struct config *cfg,
    const struct report *report, const struct agent *a, size_t *most)
{
	struct recipient *all = d->message->envelope->recipients;
	struct batch *b = d->batch;
	size_t many = first_of_too_many(b, report);

	if (many < b->nrecipients) {
		batch_put_back(b, many);
		*most = many;
	}
	for (size_t i = 0; i < b->nrecipients && i < report->nverdicts; i++) {
		if (i >= many && verdict_is_too_many(&report->verdicts[i]))
			continue;
		apply(d, &all[b->recipients[i]], cfg, &report->verdicts[i], a,
		    report->sending);
	}
	b->nrecipients = 0;
	d->connecting = 0;
	if (delivery_has_more(d))
		write_marks(d, spool);
}

void
delivery_lost(struct delivery *d, const struct config *cfg,
    const struct agent *a)
{
	struct recipient *all = d->message->envelope->recipients;
	struct batch *b = d->batch;

	for (size_t i = 0; i < b->nrecipients; i++) {
		struct verdict v = verdict_make(VERDICT_LOCAL,
		    VERDICT_TEMPORARY, "4.3.0", "onehop-smtp died after the "
		    "end of data had gone out");

		v.possible_duplicate = true;
		apply(d, &all[b->recipients[i]], cfg, &v, a, 0);
	}
	b->nrecipients = 0;
}

static bool
move(struct delivery *d, int spool, enum spool_state to, const char *newname)
{
	struct entry entry = entry_of(d->item);
	char name[ENTRY_NAME_SIZE];

	entry_name(&entry, name);
	if (spool_move(spool, state_of(d->item), name, to, newname) == 0)
		return true;
	if (errno != ENOENT)
		log_warn("%s: cannot move it to %s/", d->id, spool_name(to));
	return errno != ENOENT;
}

static void
finish(struct delivery *d, int spool, struct sweeper *sweeper)
{
	struct entry entry = entry_of(d->item);
	char name[ENTRY_NAME_SIZE];

	entry_name(&entry, name);
	if (spool_remove(spool, state_of(d->item), name) == -1 &&
	    errno != ENOENT) {
		log_warn("%s: cannot remove it", d->id);
		write_marks(d, spool);
		return;
	}
	sweeper_take(sweeper, message_detach(d->message));
	log_info("%s: removed", d->id);
}

static bool
defer(struct delivery *d, int spool, const struct config *cfg,
    struct item *again)
{
	struct entry entry = entry_of(d->item);
	char name[ENTRY_NAME_SIZE];

	entry.next = schedule_next((int64_t)(entry.arrival / 1000000),
	    (int64_t)date_now(), (int64_t)cfg->retry_min,
	    (int64_t)cfg->retry_max, d->possible_duplicate);
	entry_name(&entry, name);
	*again = (struct item){
		.arrival = entry.arrival,
		.next = entry.next,
		.due = entry.next,
	};
	return move(d, spool, SPOOL_CUR, name);
}

bool
delivery_settle(struct delivery *d, int spool, const struct config *cfg,
    struct sweeper *sweeper, struct item *again)
{
	const struct envelope *e = d->message->envelope;
	size_t due = envelope_count(e, RECIPIENT_DUE);
	size_t failed = envelope_count(e, RECIPIENT_FAILED);
	bool deferred = false;

	if (due == 0 && failed == 0) {
		finish(d, spool, sweeper);
	} else {
		if (d->touched)
			write_marks(d, spool);
		if (due > 0)
			deferred = defer(d, spool, cfg, again);
		else if (move(d, spool, SPOOL_FAILED, d->id))
			log_info("%s: kept in failed/", d->id);
	}
	delivery_drop(d);
	return deferred;
}

void
delivery_drop(struct delivery *d)
{
	message_close(d->message);
	free(d->message);
	free(d->item);
	batch_free(d->batch);
	*d = (struct delivery){ 0 };
}
