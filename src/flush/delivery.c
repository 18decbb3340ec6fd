#include <config.h>

#include "flush/delivery.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "flush/agent.h"
#include "flush/batch.h"
#include "flush/item.h"
#include "flush/marks.h"
#include "flush/metrics.h"
#include "flush/outcome.h"
#include "mail/dsn.h"
#include "mail/envelope.h"
#include "mail/job.h"
#include "mail/report.h"
#include "mail/verdict.h"
#include "spool/config.h"
#include "spool/entry.h"
#include "spool/location.h"
#include "spool/message.h"
#include "spool/spool.h"

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
	struct entry entry = item_entry(item);
	char name[ENTRY_NAME_SIZE];

	entry_name(&entry, name);
	log_warnx_about(id, "%s; moved to corrupt/", why);
	if (spool_move(spool, (enum spool_state)item_state(item), name,
	    SPOOL_CORRUPT, name) == -1)
		log_warn_about(id, "cannot move it to corrupt/");
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
	struct entry entry = item_entry(item);
	enum message_error error;

	if (!spool_may_add(spool))
		return MESSAGE_UNREADABLE;
	error = message_open(m, spool, item_state(item), &entry, why);
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
	log_warn_about(id, "cannot be taken up; it stays in the queue");
	return DELIVERY_LATER;
}

static void
log_active(const struct delivery *d)
{
	const struct envelope *e = d->message->envelope;
	char size[24], count[24], uid[24];

	snprintf(size, sizeof(size), "%lld", (long long)e->size);
	snprintf(count, sizeof(count), "%zu",
	    envelope_count(e, RECIPIENT_DUE));
	snprintf(uid, sizeof(uid), "%lu", (unsigned long)d->message->uid);
	log_fields("qmgr", d->id, (const struct log_field[]){
		{ LOG_ADDRESS, "from", e->sender },
		{ LOG_NUMBER, "size", size },
		{ LOG_NUMBER, "nrcpt", count },
		{ LOG_NUMBER, "uid", uid },
		{ LOG_REMARK, NULL, "queue active" },
		{ LOG_TEXT, NULL, NULL },
	});
}

enum delivery_result
delivery_begin(struct delivery *d, int spool, const struct item *item,
    struct metrics *metrics)
{
	struct message m;
	struct entry entry = item_entry(item);
	enum delivery_result result;

	*d = (struct delivery){ .taken = date_now(), .metrics = metrics };
	entry_id(&entry, d->id);
	result = open_and_verify(&m, spool, item, d->id);
	if (result != DELIVERY_OK)
		return result;
	d->message = xcalloc(1, sizeof(*d->message));
	*d->message = m;
	d->item = xcalloc(1, sizeof(*d->item));
	*d->item = *item;
	d->state = item_state(item);
	d->batch = batch_new();
	log_active(d);
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
	struct outcome o = {
		.id = d->id,
		.relay = a->relay,
		.arrival = (double)d->item->arrival / 1e6,
		.taken = d->taken,
		.connecting = d->connecting,
		.sending = sending,
	};

	if (v->outcome == VERDICT_DELIVERED) {
		r->state = RECIPIENT_DELIVERED;
		if (a->dsn && (r->notify & DSN_SUCCESS))
			r->told = TOLD_RELAYED;
	} else if (v->outcome == VERDICT_PERMANENT && final)
		r->state = RECIPIENT_FAILED;
	else if (final && age(d, date_now()) >= (double)cfg->lifetime) {
		r->state = RECIPIENT_FAILED;
		snprintf(v->status, sizeof(v->status), "4.4.7");
	}
	snprintf(reason, sizeof(reason), "%s %.*s", v->status,
	    ENVELOPE_REASON - (int)sizeof(v->status), v->text);
	free(r->reason);
	r->reason = xstrdup(reason);
	r->touched = d->touched = d->tried = true;
	if (r->state != RECIPIENT_DUE)
		d->settled = true;
	if (v->possible_duplicate && !d->possible_duplicate) {
		d->possible_duplicate = true;
		log_warnx_about(d->id, "possible duplicate: %s", v->text);
		metrics_duplicate(d->metrics);
	}
	outcome_log(&o, r, v);
	metrics_recipient(d->metrics, (int)r->state, age(d, date_now()));
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
	metrics_transaction(d->metrics, report->sending);
	b->nrecipients = 0;
	d->connecting = 0;
	if (delivery_has_more(d))
		delivery_mark(d, spool, false);
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

bool
delivery_find(struct delivery *d, int spool)
{
	struct location place = { .arrival = d->item->arrival };
	struct stat st;
	int found = 0;

	if (fstat(d->message->fd, &st) == -1 || st.st_nlink > 0)
		found = location_find(&place, spool);
	if (found == 0)
		errno = ENOENT;
	if (found != 1)
		return false;
	d->state = place.state;
	d->item->next = place.next;
	return true;
}

/* Opens it for writing, wherever it is by now. */
static int
reopen(struct delivery *d, int spool)
{
	struct entry entry;

	do {
		entry = item_entry(d->item);
		if (message_reopen(d->message, spool, d->state, &entry) == 0)
			return 0;
	} while (errno == ENOENT && delivery_find(d, spool));
	/* Nobody will read it in what is gone. */
	if (errno != ENOENT)
		log_warn_about(d->id, "cannot be opened to write down what "
		    "became of it: possible duplicate");
	return -1;
}

int
delivery_mark(struct delivery *d, int spool, bool sync)
{
	int result = reopen(d, spool);

	if (result == 0)
		result = marks_write(d->message, d->id, sync || d->settled);
	d->touched = d->settled = false;
	return result;
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
