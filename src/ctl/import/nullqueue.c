#include <config.h>

#include "ctl/import/nullqueue.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "ctl/import/nullenvelope.h"
#include "spool/program.h"

enum { ENVELOPE_MAX = 1024 * 1024 };

/* The directories, and who may have put messages there. */
struct nullqueue {
	int dir;
	int queue;
	int moved;		/* onehop/ */
	uid_t owner;
	const char *config;
	unsigned taken;
};

static int
open_directory(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
}

/* nullmailer-send reads its trigger while it runs. */
static bool
is_running(int dir)
{
	int fd = openat(dir, "trigger", O_WRONLY | O_NONBLOCK | O_NOFOLLOW |
	    O_CLOEXEC);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted, and NULL; they are the caller's. */
static char **
names(int dir)
{
	char **list = xcalloc(1, sizeof(*list));
	int copy = open_directory(dir, ".");
	DIR *stream = copy != -1 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	size_t n = 0;

	if (stream == NULL)
		fatal(EX_OSERR, "cannot read nullmailer's queue");
	while (errno = 0, (entry = readdir(stream)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		list = xreallocarray(list, n + 2, sizeof(*list));
		list[n++] = xstrdup(entry->d_name);
		list[n] = NULL;
	}
	if (errno != 0)
		fatal(EX_OSERR, "cannot read nullmailer's queue");
	closedir(stream);
	qsort(list, n, sizeof(*list), compare);
	return list;
}

static void
free_names(char **list)
{
	for (char **name = list; *name != NULL; name++)
		free(*name);
	free(list);
}

/* What root is about to read is to be what nullmailer has put there. */
static int
open_message(const struct nullqueue *q, const char *name)
{
	int fd = openat(q->queue, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_nlink == 1 && (st.st_uid == q->owner || st.st_uid == 0))
		return fd;
	if (fd != -1)
		close(fd);
	log_warnx("%s: is no message of nullmailer's; it stays in its queue",
	    name);
	return -1;
}

/* Reads the envelope and leaves the descriptor where the message begins. */
static int
read_envelope(int fd, const char *name, struct buf *text,
    struct nullenvelope *e)
{
	const char *wrong = NULL;
	ssize_t n;

	while (text->len < ENVELOPE_MAX && (n = io_read(fd, text, 4096)) > 0)
		continue;
	wrong = nullenvelope_parse(e, text->len > 0 ? text->data : NULL,
	    text->len);
	if (wrong == NULL && lseek(fd, (off_t)e->length, SEEK_SET) == -1)
		wrong = strerror(errno);
	if (wrong != NULL)
		log_warnx("%s: %s; it stays in nullmailer's queue", name,
		    wrong);
	return wrong == NULL ? 0 : -1;
}

static void
run(int fd, const struct nullqueue *q, const struct nullenvelope *e)
{
	struct buf path = { 0 };
	char **words = xcalloc(e->nrecipients + 8, sizeof(*words));
	char dash_i[] = "-i", dash_f[] = "-f", dash_c[] = "-C", end[] = "--";
	char empty[] = "<>";
	size_t n = 0;

	program_path(PROGRAM_SBIN, "sendmail", &path);
	words[n++] = path.data;
	if (q->config != NULL) {
		words[n++] = dash_c;
		words[n++] = xstrdup(q->config);
	}
	words[n++] = dash_i;
	words[n++] = dash_f;
	words[n++] = *e->sender != '\0' ? e->sender : empty;
	words[n++] = end;
	memcpy(words + n, e->recipients, e->nrecipients * sizeof(*words));
	if (dup2(fd, STDIN_FILENO) != -1)
		execv(path.data, words);
	log_warn("cannot run %s", path.data);
	_exit(EX_OSERR);
}

/* The exit status of sendmail; -1: it was killed, and may have taken it. */
static int
submit(int fd, const struct nullqueue *q, const struct nullenvelope *e)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run(fd, q, e);
	if (pid == -1) {
		log_warn("cannot start sendmail");
		return EX_OSERR;
	}
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Moves a message and makes that durable. */
static int
move(int from, int to, const char *name)
{
	if (renameat(from, name, to, name) == -1 || fsync(to) == -1)
		return -1;
	return fsync(from);
}

static int
hand_over(struct nullqueue *q, const char *name, int fd,
    const struct nullenvelope *e)
{
	int status;

	if (move(q->queue, q->moved, name) == -1)
		fatal(EX_OSERR, "%s: cannot be moved aside", name);
	status = submit(fd, q, e);
	if (status == EX_OK) {
		if (unlinkat(q->moved, name, 0) == -1)
			fatal(EX_OSERR, "%s: was taken, but stays in onehop/",
			    name);
		q->taken++;
	} else if (status == -1) {
		log_warnx("%s: sendmail was killed, and may have taken it or "
		    "not; it stays in onehop/", name);
		status = EX_TEMPFAIL;
	} else {
		if (move(q->moved, q->queue, name) == -1)
			fatal(EX_OSERR, "%s: stays in onehop/; sendmail has "
			    "not taken it", name);
		log_warnx("%s: sendmail has not taken it (exit status %d); "
		    "it stays in nullmailer's queue", name, status);
	}
	return status;
}

static int
take_one(struct nullqueue *q, const char *name)
{
	struct nullenvelope e = { 0 };
	struct buf text = { 0 };
	int status = EX_DATAERR, fd = open_message(q, name);

	if (fd == -1)
		return status;
	if (read_envelope(fd, name, &text, &e) == 0)
		status = hand_over(q, name, fd, &e);
	nullenvelope_free(&e);
	buf_free(&text);
	close(fd);
	return status;
}

static int
take_all(struct nullqueue *q)
{
	char **list = names(q->queue);
	int status = EX_OK, one;

	for (char **name = list; *name != NULL; name++) {
		one = take_one(q, *name);
		status = one != EX_OK ? one : status;
	}
	free_names(list);
	if (fsync(q->moved) == -1)
		log_warn("cannot sync onehop/: what was taken may be there "
		    "again after a power cut");
	return status;
}

/* Those that an import which was cut off has left. */
static int
name_leftovers(const struct nullqueue *q, const char *directory)
{
	char **list = names(q->moved);
	int status = *list != NULL ? EX_TEMPFAIL : EX_OK;

	for (char **name = list; *name != NULL; name++)
		log_warnx("%s/onehop/%s: an import was cut off here, and may "
		    "have sent it or not; the log says so. Move it to "
		    "%s/queue to have it sent, or remove it.", directory,
		    *name, directory);
	free_names(list);
	return status;
}

static int
open_queue(struct nullqueue *q, const char *directory)
{
	struct stat st;

	q->dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (q->dir == -1 && errno == ENOENT)
		return 0;
	if (q->dir != -1 && mkdirat(q->dir, "onehop", S_IRWXU) == -1 &&
	    errno != EEXIST)
		fatal(EX_CANTCREAT, "cannot make %s/onehop", directory);
	q->queue = q->dir != -1 ? open_directory(q->dir, "queue") : -1;
	q->moved = q->dir != -1 ? open_directory(q->dir, "onehop") : -1;
	if (q->queue == -1 || q->moved == -1 || fstat(q->queue, &st) == -1)
		fatal(EX_NOINPUT, "cannot read the queue in %s", directory);
	q->owner = st.st_uid;
	return 1;
}

static void
close_queue(struct nullqueue *q)
{
	close(q->dir);
	close(q->queue);
	close(q->moved);
}

int
nullqueue_take(const char *directory, const char *config)
{
	struct nullqueue q = { .config = config };
	int status, leftovers;

	if (open_queue(&q, directory) == 0)
		return EX_OK;
	if (is_running(q.dir)) {
		log_warnx("nullmailer-send is running, so its queue is left "
		    "alone: stop it, and import again");
		close_queue(&q);
		return EX_TEMPFAIL;
	}
	leftovers = name_leftovers(&q, directory);
	status = take_all(&q);
	printf("%s: %u messages taken\n", directory, q.taken);
	close_queue(&q);
	return status != EX_OK ? status : leftovers;
}
