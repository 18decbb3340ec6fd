#include <config.h>

#include "sendmail/process.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"

enum { PROC_MAX = 4096 };

/*
 * "PID (NAME) STATE PARENT ..." of proc(5); the name may hold anything.
 * The parent, or 0 when the process is gone or is not to be seen.
 */
static pid_t
read_stat(pid_t pid, struct buf *name)
{
	struct buf text = { 0 };
	char path[64];
	const char *open, *close;
	pid_t parent = 0;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (io_read_file(AT_FDCWD, path, &text, PROC_MAX) == 0 &&
	    text.len > 0 && (open = strchr(text.data, '(')) != NULL &&
	    (close = strrchr(open, ')')) != NULL && strlen(close) > 4) {
		buf_add(name, open + 1, (size_t)(close - open - 1));
		parent = (pid_t)strtol(close + 4, NULL, 10);
	}
	buf_free(&text);
	return parent;
}

pid_t
process_parent(pid_t pid)
{
	struct buf name = { 0 };
	pid_t parent = read_stat(pid, &name);

	buf_free(&name);
	return parent;
}

/* Another user's program shows its name, but not its path. */
static void
describe(pid_t pid, const char *keyword, struct buf *out)
{
	char link[64], path[PATH_MAX];
	struct buf name = { 0 };
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%ld/exe", (long)pid);
	len = readlink(link, path, sizeof(path) - 1);
	if (len > 0) {
		buf_printf(out, " %s=%.*s", keyword, (int)len, path);
		return;
	}
	read_stat(pid, &name);
	if (name.len > 0)
		buf_printf(out, " %s=%s", keyword, name.data);
	buf_free(&name);
}

void
process_describe(pid_t pid, struct buf *out)
{
	pid_t parent;

	if (pid <= 0)
		return;
	describe(pid, "program", out);
	parent = process_parent(pid);
	if (parent > 0)
		describe(parent, "parent", out);
}
