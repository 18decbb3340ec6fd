#include <config.h>

#include "base/io.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"

int
io_standard_streams(void)
{
	struct pollfd streams[] = {
		{ .fd = STDIN_FILENO },
		{ .fd = STDOUT_FILENO },
		{ .fd = STDERR_FILENO },
	};

	/* One call for three descriptors, which all are there as a rule. */
	while (poll(streams, 3, 0) == -1)
		if (errno != EINTR)
			return -1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if ((streams[fd].revents & POLLNVAL) &&
		    open("/dev/null", O_RDWR) != fd)
			return -1;
	return 0;
}

int
io_write(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
io_pwrite(int fd, const void *data, size_t len, off_t offset)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, offset);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		len -= (size_t)n;
		offset += n;
	}
	return 0;
}

static int
fill_and_close(int fd, const struct buf *text, mode_t mode)
{
	int result = io_write(fd, text->data, text->len), error;

	if (result == 0)
		result = fchmod(fd, mode);
	error = errno;
	if (close(fd) == -1 && result == 0)
		return -1;
	errno = error;
	return result;
}

static int
replace(int dirfd, const char *path, const char *aside,
    const struct buf *text, mode_t mode)
{
	int fd, error;

	unlinkat(dirfd, aside, 0);
	fd = openat(dirfd, aside,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (fill_and_close(fd, text, mode) == 0 &&
	    renameat(dirfd, aside, dirfd, path) == 0)
		return 0;
	error = errno;
	unlinkat(dirfd, aside, 0);
	errno = error;
	return -1;
}

int
io_replace(int dirfd, const char *path, const struct buf *text, mode_t mode)
{
	struct buf aside = { 0 };
	int result, error;

	buf_printf(&aside, "%s.new", path);
	result = replace(dirfd, path, aside.data, text, mode);
	error = errno;
	buf_free(&aside);
	errno = error;
	return result;
}

bool
io_is_trouble(int error)
{
	return error == EIO || error == EMFILE || error == ENFILE ||
	    error == ENOMEM || error == EINTR || error == ESTALE;
}

ssize_t
io_read(int fd, struct buf *b, size_t n)
{
	char *room = buf_reserve(b, n);
	ssize_t got = read(fd, room, n);

	if (got > 0)
		buf_grew(b, (size_t)got);
	return got;
}

int
io_read_all(int fd, struct buf *b, size_t max)
{
	ssize_t n;

	do
		n = io_read(fd, b, 4096);
	while ((n > 0 && b->len <= max) || (n == -1 && errno == EINTR));
	if (n > 0)
		errno = EFBIG;
	return n == 0 ? 0 : -1;
}

/* The same, and closes the descriptor. */
static int
read_and_close(int fd, struct buf *b, size_t max)
{
	int result = io_read_all(fd, b, max), error = errno;

	close(fd);
	errno = error;
	return result;
}

int
io_read_file(int dirfd, const char *path, struct buf *b, size_t max)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd == -1 ? -1 : read_and_close(fd, b, max);
}

int
io_read_named(const char *path, struct buf *b, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int error;

	if (fd == -1)
		return -1;
	error = fstat(fd, &st) == -1 ? errno :
	    S_ISREG(st.st_mode) || S_ISCHR(st.st_mode) ? 0 : EINVAL;
	if (error != 0) {
		close(fd);
		errno = error;
		return -1;
	}
	return read_and_close(fd, b, max);
}
