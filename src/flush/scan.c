#include <config.h>

#include "flush/scan.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "base/log.h"
#include "flush/item.h"
#include "flush/queue.h"
#include "flush/schedule.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"

enum { TMP_AGE = 36 * 60 * 60 };

struct scan {
	struct queue *queue;
	int spool;
	enum spool_state state;
	int64_t now;
	int64_t latest;
};

static int
add(void *arg, const char *name)
{
	struct scan *s = arg;
	struct entry entry;
	struct item item;

	if (entry_parse(&entry, name) == -1 ||
	    (entry.next == -1) != (s->state == SPOOL_NEW)) {
		log_warnx("%s/%s: is not a message; moved to corrupt/",
		    spool_name(s->state), name);
		if (spool_move(s->spool, s->state, name, SPOOL_CORRUPT,
		    name) == -1)
			log_warn("%s: cannot move it to corrupt/", name);
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

void
scan_spool(struct queue *queue, int spool, int64_t now, int64_t latest)
{
	static const enum spool_state states[] = { SPOOL_NEW, SPOOL_CUR };
	struct scan s = {
		.queue = queue,
		.spool = spool,
		.now = now,
		.latest = latest,
	};

	queue_clear(queue);
	for (int i = 0; i < 2; i++) {
		s.state = states[i];
		if (spool_scan(spool, s.state, add, &s) == -1)
			log_warn("cannot read the directory %s/",
			    spool_name(s.state));
	}
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
	struct stat st;

	if (spool_stat(s->spool, SPOOL_TMP, name, &st) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_mtime + TMP_AGE > time(NULL))
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
