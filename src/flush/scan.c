#include <config.h>

#include "flush/scan.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "flush/item.h"
#include "flush/queue.h"
#include "flush/schedule.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/pending.h"
#include "spool/spool.h"

enum {
	TMP_AGE = 36 * 60 * 60,		/* seconds */
	/*
	 * What is no message is moved out of the way in parts, at least so
	 * many at a time and one for so many names, as mail waits for it.
	 */
	MOVED_AT_ONCE = 1000,
	PART_AT_ONCE = 16,
};

struct scan {
	struct queue *queue;
	int spool;
	enum spool_state state;
	int64_t now;
	int64_t latest;
	size_t names;		/* looked at */
	size_t moved;		/* to corrupt/ */
	size_t stuck;		/* cannot be moved, for this reason */
	int error;
	bool more;		/* there is more to be moved */
};

static void
set_aside(struct scan *s, const char *name)
{
	if (s->moved >= MOVED_AT_ONCE + s->names / PART_AT_ONCE) {
		s->more = true;
	} else if (spool_move(s->spool, s->state, name, SPOOL_CORRUPT,
	    name) == 0) {
		log_warnx("%s/%s: is not a message; moved to corrupt/",
		    spool_name(s->state), name);
		s->moved++;
	} else {
		s->error = errno;
		s->stuck++;
	}
}

static int
add(void *arg, const char *name)
{
	struct scan *s = arg;
	struct entry entry;
	struct item item;

	s->names++;
	if (entry_parse(&entry, name) == -1 ||
	    (entry.next == -1) != (s->state == SPOOL_NEW)) {
		set_aside(s, name);
		return 0;
	}
	item = (struct item){
		.arrival = entry.arrival,
		.next = entry.next,
		.due = schedule_due((int64_t)(entry.arrival / 1000000),
		    entry.next, s->now, s->latest),
	};
	queue_add(s->queue, &item);
	return 0;
}

int
scan_spool(struct queue *queue, int spool, int64_t now, int64_t latest)
{
	static const enum spool_state states[] = { SPOOL_NEW, SPOOL_CUR };
	struct scan s = {
		.queue = queue,
		.spool = spool,
		.now = now,
		.latest = latest,
	};
	int result = 0;

	queue_clear(queue);
	for (int i = 0; i < 2; i++) {
		s.state = states[i];
		if (spool_scan(spool, s.state, add, &s) != -1)
			continue;
		log_warn("cannot read the directory %s/",
		    spool_name(s.state));
		result = -1;
	}
	errno = s.error;
	if (s.stuck > 0)
		log_warn("in the queue are %zu names that are not messages; "
		    "cannot move them to corrupt/", s.stuck);
	return result == -1 ? -1 : s.more;
}

int
scan_submitter(void *arg, const struct item *item, uid_t *uid)
{
	const int *spool = arg;
	struct entry entry = { .arrival = item->arrival, .next = item->next };

	return message_submitter(*spool, item->next == -1 ? SPOOL_NEW :
	    SPOOL_CUR, &entry, uid);
}

static int
clean(void *arg, const char *name)
{
	const struct scan *s = arg;
	struct pending pending;
	struct stat st;

	if (spool_stat(s->spool, SPOOL_TMP, name, &st) == -1 ||
	    S_ISDIR(st.st_mode) || st.st_mtime + TMP_AGE > date_seconds())
		return 0;
	/* Our own are the outbox's. */
	if (st.st_uid == geteuid() && pending_parse(&pending, name) == 0)
		return 0;
	if (spool_remove(s->spool, SPOOL_TMP, name) == -1 && errno != ENOENT)
		log_warn("cannot remove tmp/%s", name);
	return 0;
}

void
scan_clean_tmp(int spool)
{
	struct scan s = { .spool = spool };

	if (spool_scan(spool, SPOOL_TMP, clean, &s) == -1)
		log_warn("cannot read the directory tmp/");
}
