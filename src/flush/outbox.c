#include <config.h>

#include "flush/outbox.h"

#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "flush/item.h"
#include "flush/marks.h"
#include "flush/queue.h"
#include "mail/notification.h"
#include "mail/notify.h"
#include "spool/entry.h"
#include "spool/location.h"
#include "spool/message.h"
#include "spool/pending.h"
#include "spool/spool.h"

/* What is about this message. */
struct search {
	int spool;
	uint64_t arrival;
};

/* In the words of Postfix. */
static void
log_published(const struct pending *p, const char *id)
{
	static const char *const names[] = {
		[NOTIFICATION_FAILED] = "non-delivery",
		[NOTIFICATION_DELAYED] = "delay",
		[NOTIFICATION_RELAYED] = "delivery status",
	};
	char original[ENTRY_ID_SIZE];

	entry_id(&(struct entry){ .arrival = p->original }, original);
	log_event("bounce", original, "sender %s notification: %s",
	    names[p->kind], id);
}

/*
 * A crash may have left it under both names, where the file system forgets
 * one half of a rename.
 */
static bool
is_same_file(int spool, const char *name, const char *id)
{
	struct stat a, b;

	return spool_stat(spool, SPOOL_TMP, name, &a) == 0 &&
	    spool_stat(spool, SPOOL_NEW, id, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Gives it its name; the next one, if a submission has taken that. */
static int
rename_it(int spool, const struct pending *p, struct entry *own)
{
	char name[PENDING_NAME_SIZE], id[ENTRY_ID_SIZE];

	pending_name(p, name);
	*own = (struct entry){ .arrival = p->own, .next = -1 };
	for (;; own->arrival++) {
		entry_id(own, id);
		if (spool_move(spool, SPOOL_TMP, name, SPOOL_NEW, id) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
		if (is_same_file(spool, name, id))
			return spool_remove(spool, SPOOL_TMP, name);
	}
}

int
outbox_publish(struct outbox *o, const struct pending *p)
{
	struct entry own;
	struct item item;
	char id[ENTRY_ID_SIZE];

	if (rename_it(o->spool, p, &own) == -1 ||
	    spool_sync(o->spool, SPOOL_NEW) == -1 ||
	    spool_sync(o->spool, SPOOL_TMP) == -1) {
		log_warn("cannot move a notification from tmp/ to new/");
		return -1;
	}
	entry_id(&own, id);
	log_published(p, id);
	item = (struct item){
		.arrival = own.arrival,
		.next = -1,
		.due = (int64_t)(own.arrival / 1000000),
	};
	queue_add(o->queue, &item);
	return 0;
}

/* The original says that its sender was told, if it is still there. */
static int
mark_original(int spool, const struct pending *p)
{
	struct location place = { .arrival = p->original };
	char id[ENTRY_ID_SIZE];
	struct entry entry;
	struct message m;
	const char *why;
	int result = location_find(&place, spool);

	if (result != 1)
		return result;
	entry = (struct entry){ .arrival = place.arrival, .next = place.next };
	switch (message_open(&m, spool, place.state, &entry, &why)) {
	case MESSAGE_OK:
		notify_told(m.envelope, p->kind, p->end);
		entry_id(&entry, id);
		result = message_reopen(&m, spool, place.state, &entry);
		if (result == 0)
			result = marks_write(&m, id, true);
		message_close(&m);
		break;
	case MESSAGE_UNREADABLE:
	case MESSAGE_GONE:	/* It has moved on since it was found. */
		result = -1;
		break;
	case MESSAGE_CORRUPT:
		result = 0;
		break;
	}
	return result;
}

static int
sync_it(int spool, const struct message *m)
{
	return fsync(m->fd) == -1 ? -1 : spool_sync(spool, SPOOL_TMP);
}

/* One that is whole, with its file open. */
static int
go_on(struct outbox *o, const struct pending *p, const struct message *m)
{
	if (sync_it(o->spool, m) == -1 || mark_original(o->spool, p) == -1)
		return -1;
	return outbox_publish(o, p);
}

static enum message_error
open_whole(struct message *m, int spool, const char *name)
{
	const char *why;
	enum message_error error = message_open_file(m, spool, SPOOL_TMP,
	    name, &why);

	if (error == MESSAGE_OK && (error = message_verify(m, &why)) !=
	    MESSAGE_OK)
		message_close(m);
	return error;
}

static int
recover_one(struct outbox *o, const char *name, const struct pending *p)
{
	struct message m;
	int result = -1;

	switch (open_whole(&m, o->spool, name)) {
	case MESSAGE_OK:
		result = go_on(o, p, &m);
		message_close(&m);
		break;
	case MESSAGE_GONE:
		result = 0;
		break;
	case MESSAGE_UNREADABLE:
		break;
	case MESSAGE_CORRUPT:
		log_info("tmp/%s: an unfinished notification is removed; it "
		    "is made again", name);
		result = spool_remove(o->spool, SPOOL_TMP, name);
		break;
	}
	return result;
}

/* One that another user has made, however, is none. */
static bool
is_ours(int spool, const char *name)
{
	struct stat st;

	return spool_stat(spool, SPOOL_TMP, name, &st) == 0 &&
	    st.st_uid == geteuid();
}

static int
recover(void *arg, const char *name)
{
	struct outbox *o = arg;
	struct pending p;

	if (pending_parse(&p, name) == -1 || !is_ours(o->spool, name))
		return 0;
	if (recover_one(o, name, &p) == -1) {
		log_warn("tmp/%s: cannot go on with this notification", name);
		o->stuck = true;
	}
	return 0;
}

void
outbox_recover(struct outbox *o)
{
	o->stuck = false;
	if (spool_scan(o->spool, SPOOL_TMP, recover, o) == 0)
		return;
	log_warn("cannot read the directory tmp/");
	o->stuck = true;
}

static int
is_about(void *arg, const char *name)
{
	const struct search *s = arg;
	struct pending p;

	return pending_parse(&p, name) == 0 && p.original == s->arrival &&
	    is_ours(s->spool, name);
}

bool
outbox_is_clear(struct outbox *o, const struct item *item)
{
	struct search s = { .spool = o->spool, .arrival = item->arrival };

	if (!o->stuck)
		return true;
	outbox_recover(o);
	return !o->stuck || spool_scan(o->spool, SPOOL_TMP, is_about,
	    &s) == 0;
}
