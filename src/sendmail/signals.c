#include <config.h>

#include "sendmail/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t interrupted;

/* Those that are caught. */
static sigset_t caught;

static void
on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

void
signals_set(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction act = { .sa_handler = SIG_IGN }, old;
	sigset_t set;

	/*
	 * A file that grows beyond RLIMIT_FSIZE is to be an error, EFBIG.  A
	 * flusher or a caller that leaves while we write to it must not turn
	 * a message that is safe into a failure.
	 */
	sigaction(SIGXFSZ, &act, NULL);
	sigaction(SIGPIPE, &act, NULL);
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	/* No SA_RESTART: a read that waits for input must come back. */
	act.sa_handler = on_signal;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		/* What the caller ignores, such as in nohup, stays ignored. */
		sigaction(ends[i], &act, &old);
		if (old.sa_handler == SIG_IGN)
			sigaction(ends[i], &old, NULL);
		sigaddset(&caught, ends[i]);
	}
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

void
signals_add(int sig)
{
	struct sigaction act = {
		.sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND,
	};

	sigaction(sig, &act, NULL);
	sigaddset(&caught, sig);
}

void
signals_hold(void)
{
	sigset_t set;

	sigfillset(&set);
	for (int sig = 1; sig < NSIG; sig++)
		if (sigismember(&caught, sig) == 1)
			sigdelset(&set, sig);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

void
signals_release(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

bool
signals_interrupted(void)
{
	return interrupted != 0;
}

int
signals_poll(int fd, short events, int64_t milliseconds)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	struct timespec timeout = {
		.tv_sec = (time_t)(milliseconds / 1000),
		.tv_nsec = (long)(milliseconds % 1000) * 1000000,
	};
	sigset_t all, old;
	int n, error = EINTR;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	n = -1;
	if (!interrupted) {
		n = ppoll(&pfd, 1, milliseconds < 0 ? NULL : &timeout, &old);
		error = errno;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return n;
}
