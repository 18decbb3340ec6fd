#include <config.h>

#include "spool/spool.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "spool/entry.h"
#include "spool/trigger.h"

enum { PATH_SIZE = 16 + NAME_MAX + 1 };

struct state {
	const char *name;
	mode_t mode;
};

/*
 * The group, which sendmail has, may add files to tmp/ and new/ and remove
 * none but the caller's own (sticky).  It may read the directory new/ because
 * only a directory open for reading can be synced.
 */
static const struct state states[SPOOL_STATES] = {
	[SPOOL_TMP]	= { "tmp",	03730 },
	[SPOOL_NEW]	= { "new",	03770 },
	[SPOOL_CUR]	= { "cur",	0700 },
	[SPOOL_HOLD]	= { "hold",	0700 },
	[SPOOL_FAILED]	= { "failed",	0700 },
	[SPOOL_CORRUPT]	= { "corrupt",	0700 },
};

const char *
spool_name(enum spool_state state)
{
	return states[state].name;
}

mode_t
spool_mode(enum spool_state state)
{
	return states[state].mode;
}

/*
 * In two steps, because the umask must not count.  What is another's is left
 * alone, so that nobody can use root to change what is not in the spool.
 * What root makes in the spool of another is to be that other's: sendmail may
 * be the first to come, and the flusher must get in.
 */
static int
set_up(int parent, int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (st.st_uid != geteuid())
		return 0;
	if (fchmod(fd, mode) == -1)
		return -1;
	if (st.st_uid != 0 || parent == AT_FDCWD)
		return 0;
	if (fstat(parent, &st) == -1)
		return -1;
	return fchown(fd, st.st_uid, st.st_gid);
}

static int
make_directory(int parent, const char *path, mode_t mode)
{
	mode_t before = umask(077);
	int made = mkdirat(parent, path, 0700), fd, result;

	umask(before);
	if (made == -1 && errno != EEXIST)
		return -1;
	fd = openat(parent, path,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno == EACCES ? 0 : -1;
	result = set_up(parent, fd, mode);
	close(fd);
	return result;
}

static int
make_trigger(int spool)
{
	mode_t before = umask(077);
	int fd = trigger_make(spool), result;

	umask(before);
	if (fd == -1)
		return errno == EEXIST ? 0 : -1;
	result = set_up(spool, fd, TRIGGER_MODE);
	close(fd);
	return result;
}

static int
open_directory(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Makes what happened to the names in a directory durable. */
static int
sync_directory(int parent, const char *path)
{
	int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result, error;

	if (fd == -1)
		return -1;
	result = fsync(fd);
	error = errno;
	close(fd);
	errno = error;
	return result;
}

/*
 * A message is as durable as the directories that lead to it.  Where the
 * spool lies need not be ours to read; then somebody else has made it.
 */
static int
sync_parts(int spool)
{
	if (sync_directory(spool, ".") == -1)
		return -1;
	return sync_directory(spool, "..") == 0 || errno == EACCES ? 0 : -1;
}

/*
 * The last thing made is the trigger, so a spool that has one is whole, also
 * after a power cut: that is all that need be looked at when nothing is
 * missing.
 */
static int
make_parts(int spool)
{
	if (faccessat(spool, TRIGGER_NAME, F_OK, 0) == 0 || errno != ENOENT)
		return 0;
	for (int i = 0; i < SPOOL_STATES; i++)
		if (make_directory(spool, states[i].name, states[i].mode) == -1)
			return -1;
	return sync_parts(spool) == -1 ? -1 : make_trigger(spool);
}

int
spool_open(const char *path)
{
	int spool = open_directory(path);

	if (spool == -1 && errno == ENOENT &&
	    make_directory(AT_FDCWD, path, SPOOL_MODE) == 0)
		spool = open_directory(path);
	if (spool == -1)
		return -1;
	if (make_parts(spool) == 0)
		return spool;
	close(spool);
	return -1;
}

bool
spool_may_add(int spool)
{
	return faccessat(spool, states[SPOOL_TMP].name, W_OK | X_OK,
	    AT_EACCESS) == 0;
}

int
spool_open_state(int spool, enum spool_state state)
{
	return openat(spool, states[state].name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
path_of(char path[PATH_SIZE], enum spool_state state, const char *name)
{
	snprintf(path, PATH_SIZE, "%s/%s", states[state].name, name);
}

int
spool_open_file(int spool, enum spool_state state, const char *name, int flags)
{
	char path[PATH_SIZE];
	struct stat st;
	int fd, error = EINVAL;

	path_of(path, state, name);
	fd = openat(spool, path,
	    flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		/* A symbolic link, a socket, a directory: not our file. */
		if (errno == ELOOP || errno == ENXIO || errno == EISDIR)
			errno = EINVAL;
		return -1;
	}
	if (fstat(fd, &st) == -1)
		error = errno;
	else if (st.st_nlink == 0)
		error = ENOENT;	/* It was removed meanwhile. */
	else if (S_ISREG(st.st_mode) && st.st_nlink == 1)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

int
spool_open_entry(int spool, enum spool_state state, const struct entry *entry,
    int flags)
{
	char name[ENTRY_NAME_SIZE];

	entry_name(entry, name);
	return spool_open_file(spool, state, name, flags);
}

/*
 * For file systems that cannot rename without replacing.  Nobody else gives
 * out this name, so looking is enough.  Link and unlink would be worse: after
 * a crash between them the file has two names, and is taken for planted.
 */
static int
look_and_rename(int spool, const char *from, const char *to)
{
	struct stat st;

	if (fstatat(spool, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(spool, from, spool, to) : -1;
}

int
spool_move(int spool, enum spool_state state, const char *name,
    enum spool_state to, const char *newname)
{
	char oldpath[PATH_SIZE], newpath[PATH_SIZE];
	struct stat st;

	path_of(oldpath, state, name);
	path_of(newpath, to, newname);
	/* What is deferred twice in a second keeps its name. */
	if (strcmp(oldpath, newpath) == 0)
		return fstatat(spool, oldpath, &st, AT_SYMLINK_NOFOLLOW);
	if (renameat2(spool, oldpath, spool, newpath, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return look_and_rename(spool, oldpath, newpath);
}

int
spool_remove(int spool, enum spool_state state, const char *name)
{
	char path[PATH_SIZE];

	path_of(path, state, name);
	return unlinkat(spool, path, 0);
}

int
spool_stat(int spool, enum spool_state state, const char *name,
    struct stat *st)
{
	char path[PATH_SIZE];

	path_of(path, state, name);
	return fstatat(spool, path, st, AT_SYMLINK_NOFOLLOW);
}

/* Beside it, not in tmp/, where the group may put something in its place. */
int
spool_replace(int spool, const char *name, const struct buf *text)
{
	return io_replace(spool, name, text, 0600);
}

int
spool_sync(int spool, enum spool_state state)
{
	return sync_directory(spool, states[state].name);
}

int
spool_scan(int spool, enum spool_state state,
    int (*fn)(void *arg, const char *name), void *arg)
{
	int fd = spool_open_state(spool, state), result = 0;
	struct dirent *d;
	DIR *dir;

	if (fd == -1)
		return -1;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return -1;
	}
	while (errno = 0, result == 0 && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			result = fn(arg, d->d_name);
	}
	if (result == 0 && errno != 0)
		result = -1;
	closedir(dir);
	return result;
}
