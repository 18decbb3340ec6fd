#include <config.h>

#include "flush/failed.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include "base/date.h"
#include "base/log.h"
#include "spool/spool.h"

enum { INTERVAL = 24 * 60 * 60 * 1000 };

struct look {
	int spool;
	time_t now;
	bool any;		/* are left */
};

static int
expire(void *arg, const char *name)
{
	struct look *look = arg;
	struct stat st;

	if (spool_stat(look->spool, SPOOL_FAILED, name, &st) == -1)
		return 0;
	if (st.st_mtime + FAILED_KEPT > look->now) {
		look->any = true;
	} else if (spool_remove(look->spool, SPOOL_FAILED, name) == 0) {
		log_event(LOG_OWN, name, "removed from failed/ after %d days",
		    FAILED_KEPT / (24 * 60 * 60));
	} else if (errno != ENOENT) {
		log_warn_about(name, "cannot remove it from failed/");
		look->any = true;
	}
	return 0;
}

void
failed_expect(struct failed *f, int64_t clock)
{
	if (f->at == INT64_MAX)
		f->at = clock + INTERVAL;
}

void
failed_run(struct failed *f, int spool, int64_t clock)
{
	struct look look = { .spool = spool, .now = date_seconds() };

	if (clock < f->at)
		return;
	if (spool_scan(spool, SPOOL_FAILED, expire, &look) == -1) {
		log_warn("cannot read the directory failed/");
		look.any = true;
	}
	f->at = look.any ? clock + INTERVAL : INT64_MAX;
}
