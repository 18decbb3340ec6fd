#include <config.h>

#include "flush/lock.h"

#include <sys/file.h>

#include <errno.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "spool/spool.h"

enum {
	TRIES = 50,
	PAUSE = 20 * 1000 * 1000,	/* nanoseconds */
};

/*
 * A flusher that was killed leaves its locks for an instant to a child that
 * has not yet become an agent, and whoever takes its place is not to give up.
 */
static int
try(int fd)
{
	static const struct timespec pause = { .tv_nsec = PAUSE };
	int tries = 0;

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			return -1;
		if (++tries == TRIES) {
			errno = EWOULDBLOCK;
			return -1;
		}
		if (nanosleep(&pause, NULL) == -1)
			return -1;
	}
	return 0;
}

/*
 * Two directories that only the owner can open stand for two locks: whoever
 * works on the queue has cur/, and a daemon has hold/ too.  The descriptors
 * stay open until the process ends.
 */
static int
lock(int spool, enum spool_state state, bool wait)
{
	int fd = spool_open_state(spool, state);
	int error;

	if (fd == -1)
		return -1;
	if ((wait ? flock(fd, LOCK_EX) : try(fd)) == 0)
		return 0;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
lock_spool(int spool, bool once)
{
	if (once)
		return lock(spool, SPOOL_CUR, false);
	if (lock(spool, SPOOL_HOLD, false) == -1)
		return -1;
	if (lock(spool, SPOOL_CUR, false) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return -1;
	log_info("waiting for an onehop-flush -q to end");
	return lock(spool, SPOOL_CUR, true);
}
