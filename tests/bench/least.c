/*
 * least TMP NEW: the least that a durable submission can be.  The message on
 * standard input is on the disk under a name in the directory NEW when this
 * exits 0.  The order of the system calls is the spool's: rename first, then
 * sync the file and the directory, so that both land in one journal commit.
 */

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void
copy(int in, int out)
{
	static char buf[65536];
	ssize_t n, w, off;

	while ((n = read(in, buf, sizeof(buf))) > 0) {
		for (off = 0; off < n; off += w) {
			w = write(out, buf + off, (size_t)(n - off));
			if (w == -1)
				err(75, "write");
		}
	}
	if (n == -1)
		err(74, "read");
}

int
main(int argc, char **argv)
{
	struct timespec now;
	char name[64];
	int tmp, new, fd;

	if (argc != 3)
		errx(64, "usage: least TMP NEW < MESSAGE");
	tmp = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	new = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tmp == -1 || new == -1)
		err(75, "open %s and %s", argv[1], argv[2]);
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(name, sizeof(name), "%lld.%09ld.%ld", (long long)now.tv_sec,
	    now.tv_nsec, (long)getpid());
	fd = openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
	if (fd == -1)
		err(75, "create %s/%s", argv[1], name);
	copy(STDIN_FILENO, fd);
	if (renameat(tmp, name, new, name) == -1)
		err(75, "rename %s", name);
	if (fsync(fd) == -1 || fsync(new) == -1)
		err(75, "fsync");
	return 0;
}
