#include <config.h>

#include "ctl/history.h"

#include <sys/wait.h>

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "spool/entry.h"

#define LOGS "/var/log/"
#define HEX "0123456789ABCDEF"

enum {
	/* Nobody reads more about one message. */
	LINES_MAX = 16 * 1024 * 1024,
};

/* The oldest first, as logrotate names them. */
static const char *const names[] = {
	"mail.log.4.gz", "mail.log.3.gz", "mail.log.2.gz", "mail.log.1",
	"mail.log", "maillog",
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* What is known about one message. */
struct subject {
	uint64_t arrival;
	struct buf lines;
	bool known;		/* from a better source: it takes no more */
};

struct history {
	struct subject *subjects;	/* sorted */
	size_t nsubjects;
	int journal;
	int logs[NAMES];		/* -1: there is none */
};

static int
compare(const void *va, const void *vb)
{
	const struct subject *a = va, *b = vb;

	return a->arrival < b->arrival ? -1 : a->arrival > b->arrival;
}

static struct subject *
find(const struct history *h, uint64_t arrival)
{
	struct subject key = { .arrival = arrival };

	return h->nsubjects == 0 ? NULL : bsearch(&key, h->subjects,
	    h->nsubjects, sizeof(key), compare);
}

/* Each once; what is no ID has no history. */
static void
take_ids(struct history *h, char **ids)
{
	struct entry entry;
	size_t n = 0, kept = 0;

	while (ids[n] != NULL)
		n++;
	h->subjects = xcalloc(n + 1, sizeof(*h->subjects));
	for (size_t i = 0; i < n; i++)
		if (entry_parse(&entry, ids[i]) == 0)
			h->subjects[h->nsubjects++].arrival = entry.arrival;
	qsort(h->subjects, h->nsubjects, sizeof(*h->subjects), compare);
	for (size_t i = 0; i < h->nsubjects; i++)
		if (kept == 0 || compare(&h->subjects[kept - 1],
		    &h->subjects[i]) != 0)
			h->subjects[kept++] = h->subjects[i];
	h->nsubjects = kept;
}

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
	    h->subjects[0].arrival / 1000000);
	return start(argv, -1);
}

struct history *
history_open(char **ids)
{
	struct history *h = xcalloc(1, sizeof(*h));
	char path[64];

	h->journal = -1;
	take_ids(h, ids);
	if (h->nsubjects > 0)
		h->journal = open_journal(h);
	for (size_t i = 0; i < NAMES; i++) {
		snprintf(path, sizeof(path), LOGS "%s", names[i]);
		h->logs[i] = h->nsubjects == 0 ? -1 : open(path,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	}
	return h;
}

static void
add(struct subject *s, const char *line)
{
	size_t len = strcspn(line, "\n");

	if (s->known || s->lines.len + len > LINES_MAX)
		return;
	buf_add(&s->lines, line, len);
	buf_addc(&s->lines, '\n');
}

/* An ID stands alone, so that no other number is taken for one. */
void
history_line(struct history *h, const char *line)
{
	char id[ENTRY_ID_SIZE], before = ' ';
	struct subject *s, *last = NULL;
	struct entry entry;
	size_t n;

	for (const char *p = line; *p != '\0'; before = p[-1]) {
		n = strspn(p, HEX);
		if (n == ENTRY_ID && !isalnum((unsigned char)before) &&
		    !isalnum((unsigned char)p[n])) {
			strlcpy(id, p, sizeof(id));
			s = entry_parse(&entry, id) == 0 ?
			    find(h, entry.arrival) : NULL;
			if (s != NULL && s != last)
				add(s, line);
			last = s != NULL ? s : last;
		}
		p += n > 0 ? n : 1;
	}
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

/* Whether there is one of whom nothing is known; the others are done. */
static bool
is_left(struct history *h)
{
	bool left = false;

	for (size_t i = 0; i < h->nsubjects; i++) {
		h->subjects[i].known = h->subjects[i].lines.len > 0;
		left = left || !h->subjects[i].known;
	}
	return left;
}

void
history_read(struct history *h)
{
	bool left;

	if (h->journal != -1)
		read_lines(h, h->journal);
	h->journal = -1;
	left = is_left(h);
	for (size_t i = 0; i < NAMES; i++) {
		if (h->logs[i] == -1)
			continue;
		if (!left)
			close(h->logs[i]);
		else if (strstr(names[i], ".gz") != NULL)
			read_compressed(h, h->logs[i]);
		else
			read_lines(h, h->logs[i]);
		h->logs[i] = -1;
	}
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

const char *
history_of(const struct history *h, uint64_t arrival)
{
	const struct subject *s = find(h, arrival);

	return s != NULL && s->lines.len > 0 ? s->lines.data : NULL;
}

void
history_free(struct history *h)
{
	for (size_t i = 0; i < h->nsubjects; i++)
		buf_free(&h->subjects[i].lines);
	free(h->subjects);
	free(h);
}
