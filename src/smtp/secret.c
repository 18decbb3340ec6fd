#include <config.h>

#include "smtp/secret.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"

/*
 * Whether others than the owner can read it.  The mask of an access control
 * list stands where the bits of the group do: with such a list, systemd lets
 * a service read what root owns.
 */
static bool
is_open(const struct stat *st, bool credential)
{
	if (credential && st->st_uid == 0)
		return (st->st_mode & S_IROTH) != 0;
	return (st->st_mode & (S_IRGRP | S_IROTH)) != 0;
}

/*
 * Checks whose the open file is and reads it.  It is checked and read
 * through one descriptor, so that it is one file.
 */
static const char *
read_file(int fd, bool credential, struct buf *text, size_t max)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "is not a regular file";
	if (is_open(&st, credential))
		return "can be read by others: chmod 0400 it";
	/* Room for all of it, so that it leaves no copies while it grows. */
	buf_reserve(text, 2 * max);
	if (io_read_all(fd, text, max) == 0)
		return NULL;
	return errno == EFBIG ? "is too large" : strerror(errno);
}

static const char *
read_path(const char *path, bool credential, struct buf *text, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *wrong;

	if (fd == -1)
		return strerror(errno);
	wrong = read_file(fd, credential, text, max);
	close(fd);
	return wrong;
}

const char *
secret_read(const char *path, struct buf *text, size_t max)
{
	return read_path(path, false, text, max);
}

const char *
secret_read_credential(const char *path, struct buf *text, size_t max)
{
	return read_path(path, true, text, max);
}
