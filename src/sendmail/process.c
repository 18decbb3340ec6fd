#include <config.h>

#include "sendmail/process.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

enum { STAT_MAX = 512 };	/* the beginning is enough */

/*
 * "PID (NAME) STATE PARENT ..." of proc(5); the name may hold anything.
 * The parent, or 0 when the process is gone or is not to be seen.
 */
static pid_t
read_stat(pid_t pid, struct buf *name)
{
	char path[64], text[STAT_MAX + 1];
	const char *first, *last;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	len = read(fd, text, STAT_MAX);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	if ((first = strchr(text, '(')) == NULL ||
	    (last = strrchr(first, ')')) == NULL || strlen(last) <= 4)
		return 0;
	buf_add(name, first + 1, (size_t)(last - first - 1));
	return (pid_t)strtol(last + 4, NULL, 10);
}

pid_t
process_parent(pid_t pid)
{
	struct buf name = { 0 };
	pid_t parent = read_stat(pid, &name);

	buf_free(&name);
	return parent;
}

/*
 * Another user's program shows its name, but not its path.  The name is read
 * here unless it has been.
 */
static void
describe(pid_t pid, const char *keyword, struct buf *name, struct buf *out)
{
	char link[64], path[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%ld/exe", (long)pid);
	len = readlink(link, path, sizeof(path) - 1);
	if (len > 0) {
		buf_printf(out, " %s=%.*s", keyword, (int)len, path);
		return;
	}
	if (name->len == 0)
		read_stat(pid, name);
	if (name->len > 0)
		buf_printf(out, " %s=%s", keyword, name->data);
}

void
process_describe(pid_t pid, struct buf *out)
{
	struct buf name = { 0 };
	pid_t parent;

	if (pid <= 0)
		return;
	parent = read_stat(pid, &name);
	describe(pid, "program", &name, out);
	buf_clear(&name);
	if (parent > 0)
		describe(parent, "parent", &name, out);
	buf_free(&name);
}
