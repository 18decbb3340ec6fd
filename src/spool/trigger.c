#include <config.h>

#include "spool/trigger.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Before writers find the FIFO full there is at least so much to be read: it
 * has 16 pages on Linux, the last of which may be hardly used, and any two in
 * a row hold more than one, for else they would be one.
 */
enum { TRIGGER_FULL = 7 * 4096 };

int
trigger_make(int spool)
{
	struct stat st;
	int fd;

	if (mkfifoat(spool, TRIGGER_NAME, 0600) == -1)
		return -1;
	fd = openat(spool, TRIGGER_NAME,
	    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

int
trigger_write(int spool, const char *line)
{
	char text[PIPE_BUF];
	int fd, error;
	ssize_t n;

	if (snprintf(text, sizeof(text), "%s\n", line) >= PIPE_BUF) {
		errno = EMSGSIZE;
		return -1;
	}
	fd = openat(spool, TRIGGER_NAME, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = write(fd, text, strlen(text));
	error = errno;
	close(fd);
	errno = error;
	return n == -1 ? -1 : 0;
}

int
trigger_open(int spool)
{
	/* For writing too: with no writer, poll would report its end. */
	return openat(spool, TRIGGER_NAME, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

int
trigger_read(int trigger, void (*fn)(void *arg, const char *line), void *arg)
{
	char text[16 * 4096 + 1], *rest = text, *line;
	ssize_t n = read(trigger, text, sizeof(text) - 1);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	text[n] = '\0';
	/* Nobody's line is to hide those behind it. */
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = '\n';
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			fn(arg, line);
	return n >= TRIGGER_FULL;
}
