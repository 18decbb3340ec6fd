#include <config.h>

#include "ctl/import/replacing.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"

enum {
	FILE_MAX = 1024 * 1024,
	COPIES_MAX = 1000,	/* so that the search for a name ends */
};

/* More than blanks and comments. */
static bool
says_something(const char *text)
{
	for (; *text != '\0'; text += strcspn(text, "\n")) {
		text += strspn(text, " \t\r\n\f\v");
		if (*text != '#' && *text != '\0')
			return true;
	}
	return false;
}

int
replacing_loses(int dir, const struct replacement *r)
{
	struct buf old = { 0 };
	int result;

	buf_reserve(&old, 2 * FILE_MAX);
	if (io_read_file(dir, r->name, &old, FILE_MAX) == -1)
		result = errno == ENOENT ? 0 : -1;
	else if (old.len == 0 || strcmp(old.data, r->text) == 0)
		result = 0;
	else
		result = r->secret || says_something(old.data);
	buf_free(&old);
	return result;
}

/* A second name for what is there, which its successor does not take away. */
static int
keep(int dir, const char *name, struct buf *kept)
{
	struct buf copy = { 0 };
	int result = -1;

	errno = EEXIST;
	for (int i = 1; i <= COPIES_MAX && result == -1 && errno == EEXIST;
	    i++) {
		buf_clear(&copy);
		if (i == 1)
			buf_printf(&copy, "%s.old", name);
		else
			buf_printf(&copy, "%s.old%d", name, i);
		result = linkat(dir, name, dir, copy.data, 0);
	}
	if (result == 0)
		buf_adds(kept, copy.data);
	buf_free(&copy);
	return result;
}

static int
fill(int fd, const struct replacement *r)
{
	if (r->owner != (uid_t)-1 && fchown(fd, r->owner, r->group) == -1)
		return -1;
	if (fchmod(fd, r->mode) == -1 ||
	    io_write(fd, r->text, strlen(r->text)) == -1)
		return -1;
	return fsync(fd);
}

/* Writes it under a name of its own first. */
static int
write_beside(int dir, const char *beside, const struct replacement *r)
{
	int fd, result, error;

	if (unlinkat(dir, beside, 0) == -1 && errno != ENOENT)
		return -1;
	fd = openat(dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd == -1)
		return -1;
	result = fill(fd, r);
	error = errno;
	if (close(fd) == -1 && result == 0)
		return -1;
	errno = error;
	return result;
}

int
replacing_write(int dir, const struct replacement *r, struct buf *kept)
{
	struct buf beside = { 0 };
	int result = replacing_loses(dir, r), error;

	buf_printf(&beside, ".%s.new", r->name);
	if (result == 1)
		result = keep(dir, r->name, kept);
	if (result == 0) {
		result = write_beside(dir, beside.data, r);
		if (result == 0)
			result = renameat(dir, beside.data, dir, r->name);
		error = errno;
		if (result == -1)
			unlinkat(dir, beside.data, 0);
		errno = error;
	}
	if (result == 0)
		result = fsync(dir);
	buf_free(&beside);
	return result;
}
