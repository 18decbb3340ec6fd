#include <config.h>

#include "spool/metrics.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/exposition.h"
#include "base/io.h"
#include "spool/census.h"
#include "spool/spool.h"
#include "spool/trigger.h"

#define METRICS_NAME "metrics"

enum {
	METRICS_MAX = 1024 * 1024,
	/* ms for an answer; a flusher may be reading a long queue. */
	PATIENCE = 10 * 1000,
	PAUSE = 1000 * 1000,	/* ns between two looks */
};

int
metrics_write(int spool, const struct buf *text)
{
	int result;

	if (text != NULL)
		return spool_replace(spool, METRICS_NAME, text);
	result = unlinkat(spool, METRICS_NAME, 0);
	return result == -1 && errno == ENOENT ? 0 : result;
}

/* What is written next cannot have the inode of a file that is still open. */
static int
open_last(int spool)
{
	return openat(spool, METRICS_NAME, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static bool
is_new(int spool, int last)
{
	struct stat was, is;

	if (fstatat(spool, METRICS_NAME, &is, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	return last == -1 || fstat(last, &was) == -1 ||
	    is.st_ino != was.st_ino;
}

/* One that leaves meanwhile writes it, too. */
static int
wait_for_answer(int spool, int last)
{
	static const struct timespec pause = { .tv_nsec = PAUSE };
	int64_t end = date_monotonic() + PATIENCE;

	while (!is_new(spool, last)) {
		if (date_monotonic() > end) {
			errno = ETIMEDOUT;
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* A full trigger wakes the flusher, but does not say what for. */
static int
ask(int spool)
{
	int last = open_last(spool), result = -1;

	if (trigger_write(spool, TRIGGER_COUNT) == 0)
		result = wait_for_answer(spool, last);
	else if (errno == ENXIO)
		result = 0;
	if (last != -1)
		close(last);
	return result;
}

int
metrics_ask(int spool, struct buf *out)
{
	if (ask(spool) == -1)
		return -1;
	return io_read_file(spool, METRICS_NAME, out, METRICS_MAX) == -1 &&
	    errno != ENOENT ? -1 : 0;
}

int
metrics_of_spool(int spool, bool running, struct buf *out)
{
	static const char up[] = "onehop_up";
	struct census census;

	if (census_take(&census, spool) == -1)
		return -1;
	exposition_family(out, up, "gauge",
	    "Whether onehop-flush is running.");
	exposition_integer(out, up, NULL, NULL, running);
	census_print(&census, out);
	return 0;
}
