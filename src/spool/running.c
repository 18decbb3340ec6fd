#include <config.h>

#include "spool/running.h"

#include <sys/file.h>

#include <errno.h>
#include <unistd.h>

#include "spool/spool.h"

/* Closing the descriptor gives back a lock that was there to be had. */
int
running_flusher(int spool)
{
	int fd = spool_open_state(spool, SPOOL_HOLD), result, error;

	if (fd == -1)
		return -1;
	result = flock(fd, LOCK_SH | LOCK_NB);
	error = errno;
	close(fd);
	errno = error;
	return result == -1 && errno == EWOULDBLOCK ? 1 : result;
}
