#include <config.h>

#include "ctl/import/oldqueue.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH = 3 };		/* Postfix has deferred/A/B */

static bool search(int fd, const char *prefix, int depth);

static bool
is_message(int dir, const char *name, const char *prefix, int depth)
{
	struct stat st;
	int fd;

	if (name[0] == '.' ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	if (S_ISREG(st.st_mode))
		return strncmp(name, prefix, strlen(prefix)) == 0;
	if (!S_ISDIR(st.st_mode) || depth == DEPTH)
		return false;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	return fd != -1 && search(fd, prefix, depth + 1);
}

/* Closes the descriptor. */
static bool
search(int fd, const char *prefix, int depth)
{
	DIR *stream = fdopendir(fd);
	const struct dirent *entry;
	bool found = false;

	if (stream == NULL) {
		close(fd);
		return false;
	}
	while (!found && (entry = readdir(stream)) != NULL)
		found = is_message(fd, entry->d_name, prefix, depth);
	closedir(stream);
	return found;
}

bool
oldqueue_waits(const char *directory, const char *prefix)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd != -1 && search(fd, prefix, 1);
}
