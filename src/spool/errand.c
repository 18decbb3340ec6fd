#include <config.h>

#include "spool/errand.h"

#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "spool/handover.h"
#include "spool/request.h"

/* All in milliseconds. */
enum {
	/* For a helper to take the request; a burst passes in this time. */
	PATIENCE = 30 * 1000,
	FIRST_PAUSE = 20,
	LAST_PAUSE = 1000,
	/* For a helper to say how far it was when we are interrupted. */
	INTERRUPT_WAIT = 10 * 1000,
};

enum {				/* in place of an answer */
	NO_ANSWER = -1,		/* it closed the connection */
	INTERRUPTED = -2,
	SILENCE = -3,		/* for too long */
};

/* A request on its way, which only waits let signals in to interrupt. */
struct errand {
	int spool;
	int sock;
	struct buf text;
	bool taken;		/* by a helper */
	sigset_t mask;		/* outside of here */
};

static void
block_signals(struct errand *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &e->mask);
}

/* ppoll(2) for what may come from sock, if any, or for ever if ms is -1. */
static int
wait_for(const struct errand *e, int sock, int ms)
{
	struct pollfd pfd = { .fd = sock, .events = POLLIN };
	struct timespec timeout = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	return ppoll(&pfd, 1, ms != -1 ? &timeout : NULL, &e->mask);
}

/*
 * Whether there may be an answer all the same.  A reset is said once, before
 * what it sent, when it left something unread.
 */
static bool
passes(int error)
{
	static const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };

	if (error == ENOMEM || error == ENOBUFS)
		nanosleep(&pause, NULL);
	return error == EINTR || error == ECONNRESET || error == ENOMEM ||
	    error == ENOBUFS;
}

/*
 * An answer that is missed would be taken for none, and the message for one
 * that nobody has begun to read.
 */
static int
receive_answer(const struct errand *e, int ms)
{
	unsigned char byte;
	ssize_t n;
	int ready;

	do {
		ready = wait_for(e, e->sock, ms);
		if (ready == -1 && errno == EINTR)
			return INTERRUPTED;
		if (ready == 0)
			return SILENCE;
		n = ready == 1 ? recv(e->sock, &byte, 1, 0) : -1;
	} while (n == -1 && passes(errno));
	return n == 1 ? byte : NO_ANSWER;
}

/*
 * When we do not want to wait any more, it is the helper that knows whether
 * the message had been complete before.
 */
static int
give_up(const struct errand *e, int why)
{
	int answer;

	shutdown(e->sock, SHUT_WR);
	do
		answer = receive_answer(e, INTERRUPT_WAIT);
	while (answer == HANDOVER_TAKEN);
	return answer < 0 || answer == HANDOVER_BUSY ? why : answer;
}

/* One attempt: an exit status, HANDOVER_BUSY or what stands for an answer. */
static int
attempt(struct errand *e)
{
	int answer;

	/* If this fails the answer says why, or there is none. */
	handover_send(e->sock, &e->text);
	answer = receive_answer(e, PATIENCE);
	if (answer == HANDOVER_TAKEN) {
		e->taken = true;
		answer = receive_answer(e, -1);
	}
	if (answer == INTERRUPTED || answer == SILENCE)
		answer = give_up(e, answer);
	return answer;
}

/*
 * Tries until a helper has taken the request, for which nothing has been read
 * yet, and has answered.
 */
static int
insist(struct errand *e)
{
	int64_t end = date_monotonic() + PATIENCE;
	int pause = FIRST_PAUSE, answer;

	for (;;) {
		answer = attempt(e);
		close(e->sock);
		if (e->taken || date_monotonic() > end ||
		    (answer != HANDOVER_BUSY && answer != NO_ANSWER))
			return answer;
		/* Not all at once again. */
		if (wait_for(e, -1, pause / 2 +
		    (int)arc4random_uniform((uint32_t)pause)) == -1)
			return INTERRUPTED;
		if (pause < LAST_PAUSE)
			pause *= 2;
		e->sock = handover_connect(e->spool);
		if (e->sock == -1)
			return NO_ANSWER;
	}
}

static const char *
explain(int answer, bool taken)
{
	if (answer == INTERRUPTED)
		return "interrupted before the end of the message";
	if (answer == HANDOVER_BUSY)
		return "onehop-flush is at work on as much for this user as "
		    "it takes at a time; try again later";
	if (taken)
		return "the helper of onehop-flush ended without a status; "
		    "its log may say why";
	return "onehop-flush does not answer; is it running well?";
}

int
errand_run(int spool, char *const *words, struct buf *error)
{
	struct errand e = { .spool = spool };
	char directory[PATH_MAX];
	int answer;

	if (getcwd(directory, sizeof(directory)) == NULL)
		directory[0] = '\0';
	e.sock = handover_connect(spool);
	if (e.sock == -1)
		return -1;
	request_encode(directory, words, &e.text);
	block_signals(&e);
	answer = insist(&e);
	sigprocmask(SIG_SETMASK, &e.mask, NULL);
	buf_free(&e.text);
	if (answer >= 0 && answer < HANDOVER_BUSY) {
		/* It had no place to say why; nothing has been read. */
		if (!e.taken)
			buf_adds(error, "the helper of onehop-flush could not "
			    "take the message; its log says why");
		return answer;
	}
	buf_adds(error, explain(answer, e.taken));
	return EX_TEMPFAIL;
}
