#include <config.h>

#include "flush/settlement.h"

#include <errno.h>
#include <stdio.h>

#include "base/date.h"
#include "base/log.h"
#include "flush/delivery.h"
#include "flush/item.h"
#include "flush/notice.h"
#include "flush/notifier.h"
#include "flush/schedule.h"
#include "flush/sweeper.h"
#include "mail/envelope.h"
#include "mail/notify.h"
#include "spool/answer.h"
#include "spool/config.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"

enum {
	/* Seconds until it is seen whether a stuck notification can go on. */
	STUCK_WAIT = 60,
};

/*
 * 0, or -1 and errno: ENOENT when it is gone, or was held on the way and is
 * not tried again.
 */
static int
move(const struct settlement *s, struct delivery *d, enum spool_state to,
    const char *newname)
{
	struct entry entry;
	char name[ENTRY_NAME_SIZE];

	do {
		if (d->state == SPOOL_HOLD && to == SPOOL_CUR) {
			errno = ENOENT;
			return -1;
		}
		entry = item_entry(d->item);
		entry_name(&entry, name);
		if (spool_move(s->spool, (enum spool_state)d->state, name, to,
		    newname) == 0)
			return 0;
	} while (errno == ENOENT && delivery_find(d, s->spool));
	if (errno != ENOENT)
		log_warn_about(d->id, "cannot move it to %s/",
		    spool_name(to));
	return -1;
}

/* Wherever it is: what was held on the way is not to be sent again. */
static int
remove_file(const struct settlement *s, struct delivery *d)
{
	struct entry entry;
	char name[ENTRY_NAME_SIZE];

	do {
		entry = item_entry(d->item);
		entry_name(&entry, name);
		if (spool_remove(s->spool, (enum spool_state)d->state,
		    name) == 0)
			return 0;
	} while (errno == ENOENT && delivery_find(d, s->spool));
	return errno == ENOENT ? 0 : -1;
}

static void
finish(const struct settlement *s, struct delivery *d)
{
	if (remove_file(s, d) == -1) {
		log_warn_about(d->id, "cannot remove it");
		delivery_mark(d, s->spool, true);
		return;
	}
	sweeper_take(s->sweeper, message_detach(d->message));
	log_event("qmgr", d->id, "removed");
}

static bool
defer(const struct settlement *s, struct delivery *d, struct item *again)
{
	struct entry entry = item_entry(d->item);
	char name[ENTRY_NAME_SIZE];

	entry.next = schedule_next((int64_t)(entry.arrival / 1000000),
	    (int64_t)date_now(), (int64_t)s->cfg->retry_min,
	    (int64_t)s->cfg->retry_max, d->possible_duplicate);
	entry_name(&entry, name);
	*again = (struct item){
		.arrival = entry.arrival,
		.next = entry.next,
		.due = entry.next,
	};
	if (move(s, d, SPOOL_CUR, name) == 0)
		return true;
	/* Where it cannot be moved it has its old name, and waits as long. */
	again->next = d->item->next;
	return errno != ENOENT;
}

static const struct recipient *
first_failed(const struct envelope *e)
{
	const struct recipient *r = e->recipients;

	while (r->state != RECIPIENT_FAILED)
		r++;
	return r;
}

/* What nobody hears of otherwise is told to whoever reads the log. */
static void
log_failure(const struct delivery *d)
{
	const struct envelope *e = d->message->envelope;
	const struct recipient *r = first_failed(e);
	size_t others = envelope_count(e, RECIPIENT_FAILED) - 1;
	char more[64] = "";

	if (others > 0)
		snprintf(more, sizeof(more), " and %zu more", others);
	log_warnx_about(d->id, "could not be delivered to <%s>%s, and %s: %s",
	    r->address, more, *e->sender == '\0' ?
	    "it has no sender to be told" : "its sender cannot be told",
	    envelope_reason_text(r));
}

static void
keep(struct settlement *s, struct delivery *d, bool told)
{
	if (!told)
		log_failure(d);
	if (move(s, d, SPOOL_FAILED, d->id) == -1)
		return;
	log_event(LOG_OWN, d->id, "kept in failed/");
	s->kept = true;
}

/* None is due any more. */
static void
end(struct settlement *s, struct delivery *d, bool nobody)
{
	const struct envelope *e = d->message->envelope;

	if (*e->sender == '\0')
		nobody = envelope_count(e, RECIPIENT_FAILED) > 0;
	if (nobody || notify_keeps(e))
		keep(s, d, !nobody);
	else
		finish(s, d);
}

/* Whether the sender is to be told by now that it has not arrived yet. */
static bool
is_late(const struct settlement *s, const struct delivery *d)
{
	double age = date_now() - (double)d->item->arrival / 1e6;

	return s->cfg->delay_warning > 0 &&
	    age >= (double)s->cfg->delay_warning;
}

/*
 * All that anybody may be told of is written down before.  What cannot be
 * written down is not told, and so still in the queue.
 */
static enum notifier_result
tell(const struct settlement *s, struct delivery *d)
{
	struct subject subject = {
		.cfg = s->cfg,
		.spool = s->spool,
		.message = d->message,
		.id = d->id,
		.arrival = d->item->arrival,
		.attempt = d->tried ? (time_t)d->taken : 0,
	};
	bool late = is_late(s, d), news = notifier_has_news(&subject, late);
	const struct envelope *e = d->message->envelope;

	/* A file that goes at once needs no marks. */
	if (!news && envelope_count(e, RECIPIENT_DELIVERED) == e->nrecipients)
		return NOTIFIER_DONE;
	if ((d->touched || news) && delivery_mark(d, s->spool, news) == -1 &&
	    news)
		return NOTIFIER_LATER;
	return notifier_tell(s->outbox, &subject, late);
}

static bool
settle(struct settlement *s, struct delivery *d, struct item *again)
{
	enum notifier_result result = tell(s, d);

	switch (result) {
	case NOTIFIER_STUCK:
		*again = *d->item;
		again->due = (int64_t)date_now() + STUCK_WAIT;
		return true;
	case NOTIFIER_LATER:
		return defer(s, d, again);
	case NOTIFIER_DONE:
	case NOTIFIER_NOBODY:
		break;
	}
	if (envelope_count(d->message->envelope, RECIPIENT_DUE) > 0)
		return defer(s, d, again);
	end(s, d, result == NOTIFIER_NOBODY);
	return false;
}

/* For onehopctl check, which waits for it; nothing depends on it. */
static void
answer(const struct settlement *s, const struct delivery *d)
{
	const struct message *m = d->message;

	if (answer_is_wanted(m->envelope, m->uid) &&
	    answer_write(s->spool, m->envelope) == -1)
		log_warn_about(d->id, "cannot say what became of it");
}

bool
settlement_run(struct settlement *s, struct delivery *d, struct item *again)
{
	bool queued;

	answer(s, d);
	queued = settle(s, d, again);
	delivery_drop(d);
	return queued;
}
