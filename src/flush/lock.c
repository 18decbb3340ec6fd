#include <config.h>

#include "flush/lock.h"

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "spool/spool.h"

/*
 * Two directories that only the owner can open stand for two locks: whoever
 * works on the queue has cur/, and a daemon has hold/ too.  The descriptors
 * stay open until the process ends.
 */
static int
lock(int spool, enum spool_state state, int operation)
{
	int fd = spool_open_state(spool, state);
	int error;

	if (fd == -1 || flock(fd, operation) == 0)
		return fd == -1 ? -1 : 0;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
lock_spool(int spool, bool once)
{
	if (once)
		return lock(spool, SPOOL_CUR, LOCK_EX | LOCK_NB);
	if (lock(spool, SPOOL_HOLD, LOCK_EX | LOCK_NB) == -1)
		return -1;
	if (lock(spool, SPOOL_CUR, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return -1;
	log_info("waiting for an onehop-flush -q to end");
	return lock(spool, SPOOL_CUR, LOCK_EX);
}
