#include <config.h>

#include "smtp/shell.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/io.h"
#include "base/log.h"

enum {
	PIECE = 4096,
	PIPE_MAX = 65536,	/* what is in one at most, see pipe(7) */
	SAID_MAX = 200,		/* of its standard error, for a verdict */
};

struct shell {
	pid_t pid;
	sigset_t before;	/* the signal mask of the caller */
	struct pollfd pipes[2];	/* from its standard output and error */
	size_t max[2];		/* bytes of each that are kept */
	struct buf *kept[2];
	double end;		/* by date_clock */
	int status;		/* as waitpid has it */
};

static volatile sig_atomic_t terminated;

static void
on_signal(int signal)
{
	if (signal == SIGTERM)
		terminated = 1;
}

/*
 * Lets the end of a child and SIGTERM interrupt ppoll, and nothing else, as
 * long as the command runs.
 */
static void
catch_signals(struct shell *s)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, &s->before) == -1 ||
	    sigaction(SIGCHLD, &sa, NULL) == -1 ||
	    sigaction(SIGTERM, &sa, NULL) == -1)
		fatal(EX_OSERR, "signals");
}

static void
restore_signals(const struct shell *s)
{
	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (terminated)
		raise(SIGTERM);
	sigprocmask(SIG_SETMASK, &s->before, NULL);
}

/* The child between fork and exec. */
static _Noreturn void
become(const struct shell *s, const char *command, int out, int err)
{
	char *argv[] = {
		(char *)"sh", (char *)"-c", (char *)command, NULL,
	};
	int null = open("/dev/null", O_RDONLY);

	setsid();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(out, STDOUT_FILENO) == -1 || dup2(err, STDERR_FILENO) == -1)
		_exit(EX_OSERR);
	closefrom(STDERR_FILENO + 1);
	sigprocmask(SIG_SETMASK, &s->before, NULL);
	execv("/bin/sh", argv);
	_exit(EX_OSERR);
}

/* 0, or -1 and errno. */
static int
start(struct shell *s, const char *command)
{
	int out[2], err[2];

	if (pipe2(out, O_CLOEXEC) == -1)
		return -1;
	if (pipe2(err, O_CLOEXEC) == -1) {
		close(out[0]);
		close(out[1]);
		return -1;
	}
	s->pid = fork();
	if (s->pid == 0)
		become(s, command, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	s->pipes[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	s->pipes[1] = (struct pollfd){ .fd = err[0], .events = POLLIN };
	return s->pid == -1 ? -1 : 0;
}

/* Takes what is in a pipe, or closes it at its end. */
static void
take(struct shell *s, size_t i)
{
	struct buf piece = { 0 };
	ssize_t n = io_read(s->pipes[i].fd, &piece, PIECE);
	size_t room = s->max[i] - s->kept[i]->len;

	if (n > 0)
		buf_add(s->kept[i], piece.data,
		    (size_t)n < room ? (size_t)n : room);
	else if (n == 0 || errno != EINTR) {
		close(s->pipes[i].fd);
		s->pipes[i].fd = -1;	/* poll passes it over */
	}
	buf_free(&piece);
}

/* Waits for at most that long, and takes in what was said. */
static void
hear(struct shell *s, int ms)
{
	struct timespec wait = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	if (ppoll(s->pipes, 2, &wait, &s->before) <= 0)
		return;
	for (size_t i = 0; i < 2; i++)
		if (s->pipes[i].revents != 0)
			take(s, i);
}

/*
 * Waits for its end.  0, or -1 when the time is over or SIGTERM came.  What
 * it said may still be in the pipes then, but not more than they hold.
 */
static int
wait_end(struct shell *s)
{
	int ms;

	while (waitpid(s->pid, &s->status, WNOHANG) == 0) {
		ms = date_left(s->end);
		if (ms == 0 || terminated)
			return -1;
		hear(s, ms);
	}
	for (int n = 0; n < PIPE_MAX; n += PIECE)
		hear(s, 0);
	return 0;
}

static void
kill_group(const struct shell *s)
{
	int status;

	kill(-s->pid, SIGKILL);
	while (waitpid(s->pid, &status, 0) == -1 && errno == EINTR)
		;
}

/* Appends how it failed: "exit status 1: no such key". */
static void
explain(const struct shell *s, struct buf *error)
{
	const struct buf *said = s->kept[1];
	const char *text = said->len > 0 ? said->data : "";
	size_t len = strcspn(text, "\n");

	if (WIFEXITED(s->status))
		buf_printf(error, "exit status %d", WEXITSTATUS(s->status));
	else
		buf_printf(error, "killed by signal %d", WTERMSIG(s->status));
	if (len > 0)
		buf_printf(error, ": %.*s", (int)len, text);
}

int
shell_run(const char *command, double seconds, size_t max, struct buf *out,
    struct buf *error)
{
	struct buf said = { 0 };
	struct shell s = {
		.max = { max + out->len, SAID_MAX },
		.kept = { out, &said },
		.pipes = { { .fd = -1 }, { .fd = -1 } },
		.end = date_clock() + seconds,
	};
	int result = -1;

	buf_reserve(out, max);
	catch_signals(&s);
	if (start(&s, command) == -1)
		buf_adds(error, strerror(errno));
	else if (wait_end(&s) == -1) {
		kill_group(&s);
		buf_printf(error, "timed out after %g s", seconds);
	} else if (s.status == 0)
		result = 0;
	else
		explain(&s, error);
	for (size_t i = 0; i < 2; i++)
		if (s.pipes[i].fd != -1)
			close(s.pipes[i].fd);
	restore_signals(&s);
	buf_free(&said);
	return result;
}
