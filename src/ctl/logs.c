#include <config.h>

#include "ctl/logs.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/xmalloc.h"
#include "ctl/history.h"

#define LOGS "/var/log/"

/* The oldest first, as logrotate names them. */
static const char *const names[] = {
	"mail.log.4.gz", "mail.log.3.gz", "mail.log.2.gz", "mail.log.1",
	"mail.log", "maillog",
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

struct logs {
	int journal;			/* -1: there is none */
	int files[NAMES];
};

/*
 * Runs a program that reads from in and gives away what it writes.  Its
 * descriptor, or -1.
 */
static int
start(char *const argv[], int in)
{
	int ends[2], null;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null == -1 || dup2(in != -1 ? in : null, 0) == -1 ||
		    dup2(ends[1], 1) == -1 || dup2(null, 2) == -1)
			_exit(EX_OSERR);
		execv(argv[0], argv);
		_exit(EX_UNAVAILABLE);
	}
	close(ends[1]);
	if (pid != -1)
		return ends[0];
	close(ends[0]);
	return -1;
}

/*
 * Of facility mail is what goes there by syslog; a service that logs on
 * stderr is known by its programs.
 */
static int
open_journal(const struct history *h)
{
	char since[sizeof("--since=@") + 20];
	char *argv[] = {
		(char *)"/usr/bin/journalctl", (char *)"--quiet",
		(char *)"--no-pager", (char *)"--output=short-iso", since,
		(char *)"SYSLOG_FACILITY=2", (char *)"+",
		(char *)"_COMM=onehop-flush", (char *)"+",
		(char *)"_COMM=onehop-smtp", NULL,
	};

	if (access(argv[0], X_OK) == -1)
		return -1;
	snprintf(since, sizeof(since), "--since=@%" PRIu64,
	    h->items[0].arrival / 1000000);
	return start(argv, -1);
}

struct logs *
logs_open(const struct history *h)
{
	struct logs *logs = xcalloc(1, sizeof(*logs));
	char path[64];

	logs->journal = h->len > 0 ? open_journal(h) : -1;
	for (size_t i = 0; i < NAMES; i++) {
		snprintf(path, sizeof(path), LOGS "%s", names[i]);
		logs->files[i] = h->len == 0 ? -1 : open(path,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	}
	return logs;
}

/* Closes it at the end. */
static void
read_lines(struct history *h, int fd)
{
	FILE *file = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;

	if (file == NULL) {
		close(fd);
		return;
	}
	while (getline(&line, &size, file) != -1)
		history_line(h, line);
	free(line);
	fclose(file);
}

static void
read_compressed(struct history *h, int fd)
{
	char *argv[] = { (char *)"/bin/gzip", (char *)"-dc", NULL };
	int out = start(argv, fd);

	close(fd);
	if (out != -1)
		read_lines(h, out);
}

void
logs_read(struct logs *logs, struct history *h)
{
	bool others;

	if (logs->journal != -1)
		read_lines(h, logs->journal);
	others = history_end(h);
	for (size_t i = 0; i < NAMES; i++) {
		if (logs->files[i] == -1)
			continue;
		if (!others)
			close(logs->files[i]);
		else if (strstr(names[i], ".gz") != NULL)
			read_compressed(h, logs->files[i]);
		else
			read_lines(h, logs->files[i]);
	}
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	free(logs);
}
