#include <config.h>

#include "flush/rescan.h"


#include "base/date.h"
#include "flush/outbox.h"
#include "flush/queue.h"
#include "flush/scan.h"
#include "flush/schedule.h"

enum {
	HOUSEKEEPING_INTERVAL = 60 * 60 * 1000,
	/* Reading takes one part of so many of our time. */
	SHARE = 10,
	/* Some 100 bytes each is what they can cost until then. */
	HINTS_MAX = 64 * 1024,
	/* Until it is tried again when it could not be read. */
	PAUSE = 10 * 1000,
};

void
rescan_want(struct rescan *r, bool all)
{
	r->at = r->from;
	r->all = r->all || all;
}

bool
rescan_takes_hint(struct rescan *r)
{
	if (r->hints < HINTS_MAX) {
		r->hints++;
		return true;
	}
	rescan_want(r, false);
	return false;
}

void
rescan_expect(struct rescan *r, int64_t clock)
{
	if (r->housekeeping == INT64_MAX)
		r->housekeeping = clock + HOUSEKEEPING_INTERVAL;
}

static void
scan(struct rescan *r, struct queue *queue, int spool, int64_t clock,
    int64_t retry_max)
{
	int64_t now = date_seconds();
	int more;

	more = scan_spool(queue, spool, now,
	    r->all ? now : schedule_latest(now, retry_max));
	r->incomplete = more == -1;
	r->from = clock + SHARE * (date_monotonic() - clock);
	r->at = r->incomplete ? clock + PAUSE : more ? r->from : INT64_MAX;
	r->hints = 0;
	r->all = r->all && r->incomplete;
}

void
rescan_run(struct rescan *r, struct queue *queue, struct outbox *outbox,
    int64_t clock, int64_t retry_max)
{
	if (clock >= r->housekeeping) {
		r->housekeeping = INT64_MAX;
		outbox_recover(outbox);
		scan_clean_tmp(outbox->spool);
		rescan_want(r, false);
	}
	if (clock >= r->at)
		scan(r, queue, outbox->spool, clock, retry_max);
	if (queue_next(queue) != INT64_MAX || outbox->stuck)
		rescan_expect(r, clock);
}

int64_t
rescan_next(const struct rescan *r)
{
	return r->at < r->housekeeping ? r->at : r->housekeeping;
}
