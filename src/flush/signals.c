#include <config.h>

#include "flush/signals.h"

#include <stddef.h>

static volatile sig_atomic_t stop_wanted, reload_wanted;

static void
on_signal(int sig)
{
	if (sig == SIGHUP)
		reload_wanted = 1;
	else if (sig != SIGCHLD)
		stop_wanted = 1;
}

static const int signals[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
enum { NSIGNALS = sizeof(signals) / sizeof(signals[0]) };

void
signals_catch(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	for (int i = 0; i < NSIGNALS; i++) {
		/* Only being told to stop ends the wait for the lock. */
		act.sa_flags = signals[i] == SIGINT || signals[i] == SIGTERM ?
		    0 : SA_RESTART;
		sigaction(signals[i], &act, NULL);
	}
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
}

void
signals_block(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	for (int i = 0; i < NSIGNALS; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, before);
	for (int i = 0; i < NSIGNALS; i++)
		sigdelset(before, signals[i]);
}

bool
signals_want_stop(void)
{
	return stop_wanted;
}

bool
signals_want_reload(void)
{
	bool wanted = reload_wanted;

	if (wanted)
		reload_wanted = 0;
	return wanted;
}
