#include <config.h>

#include "smtp/race.h"

#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/xmalloc.h"
#include "smtp/addresses.h"

struct attempt {
	const struct addrinfo *to;
	int fd;			/* -1: it is over, or not begun */
	int error;
	double begun;		/* on date_clock */
	double seconds;		/* that it took, once it is decided */
};

struct race {
	struct attempt *attempts;
	struct pollfd *pollfds;
	const struct addrinfo **order;
	size_t n;
	size_t begun;
	const struct addrinfo *source;
	double delay;		/* between attempts, in seconds */
	double next;		/* when the next one is due */
	double deadline;
};

/* RFC 8305, section 5: the Connection Attempt Delay, in seconds. */
static const double attempt_delay = 0.25;

static void
end_attempt(struct attempt *a, int error)
{
	if (a->fd != -1)
		close(a->fd);
	a->fd = -1;
	a->error = error;
	a->seconds = date_clock() - a->begun;
}

static void
begin_attempt(struct race *r)
{
	struct attempt *a = &r->attempts[r->begun++];
	const struct addrinfo *from = r->source;
	int on = 1;

	a->fd = socket(a->to->ai_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	a->begun = date_clock();
	r->next = a->begun + r->delay;
	if (a->fd != -1)
		setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (a->fd == -1 ||
	    (from != NULL && bind(a->fd, from->ai_addr, from->ai_addrlen) ==
	    -1) || (connect(a->fd, a->to->ai_addr, a->to->ai_addrlen) == -1 &&
	    errno != EINPROGRESS)) {
		end_attempt(a, errno);
		r->next = 0;
	}
}

struct race *
race_begin(const struct addrinfo **order, size_t n,
    const struct addrinfo *source, double seconds)
{
	struct race *r = xcalloc(1, sizeof(*r));

	r->order = order;
	r->n = n;
	r->attempts = xcalloc(n, sizeof(*r->attempts));
	r->pollfds = xcalloc(n, sizeof(*r->pollfds));
	for (size_t i = 0; i < n; i++)
		r->attempts[i] = (struct attempt){ .to = order[i], .fd = -1 };
	r->source = source;
	r->deadline = date_clock() + seconds;
	/* So that half of the time is left for the last. */
	r->delay = seconds / 2 / (double)n;
	if (r->delay > attempt_delay)
		r->delay = attempt_delay;
	begin_attempt(r);
	return r;
}

static size_t
count_pending(const struct race *r)
{
	size_t pending = 0;

	for (size_t i = 0; i < r->begun; i++)
		pending += r->attempts[i].fd != -1;
	return pending;
}

/* Waits until something may have happened, or it is time to do something. */
static void
wait_for_attempts(struct race *r)
{
	double until = r->begun < r->n && r->next < r->deadline ? r->next :
	    r->deadline;

	for (size_t i = 0; i < r->begun; i++)
		r->pollfds[i] = (struct pollfd){
			.fd = r->attempts[i].fd,
			.events = POLLOUT,
		};
	if (poll(r->pollfds, (nfds_t)r->begun, date_left(until)) <=
	    0)
		for (size_t i = 0; i < r->begun; i++)
			r->pollfds[i].revents = 0;
}

/* Of the attempts that are decided, the one that is connected, or NULL. */
static struct attempt *
find_winner(struct race *r)
{
	for (size_t i = 0; i < r->begun; i++) {
		struct attempt *a = &r->attempts[i];
		int error = 0;
		socklen_t len = sizeof(error);

		if (a->fd == -1 || r->pollfds[i].revents == 0)
			continue;
		if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &len) ==
		    -1)
			error = errno;
		if (error == 0)
			return a;
		end_attempt(a, error);
		r->next = 0;
	}
	return NULL;
}

/* "ADDRESS, ADDRESS: WHAT; ADDRESS: WHAT" */
static void
report(struct race *r, struct buf *tried)
{
	for (size_t i = 0; i < r->begun; i++)
		if (r->attempts[i].fd != -1)
			end_attempt(&r->attempts[i], ETIMEDOUT);
	for (size_t i = 0; i < r->begun; i++) {
		const struct attempt *a = &r->attempts[i];
		bool last = i + 1 == r->begun;

		addresses_print(a->to, tried);
		if (!last && a[1].error == a->error)
			buf_adds(tried, ", ");
		else
			buf_printf(tried, ": %s%s", strerror(a->error),
			    last ? "" : "; ");
	}
}

int
race_finish(struct race *r, const struct addrinfo **winner, struct buf *tried)
{
	struct attempt *a = NULL;
	double now = date_clock();
	int fd;

	while (a == NULL && (r->begun < r->n || count_pending(r) > 0) &&
	    now < r->deadline) {
		if (r->begun < r->n && now >= r->next)
			begin_attempt(r);
		else {
			wait_for_attempts(r);
			a = find_winner(r);
		}
		now = date_clock();
	}
	if (a == NULL) {
		report(r, tried);
		return -1;
	}
	*winner = a->to;
	fd = a->fd;
	a->fd = -1;
	return fd;
}

/* Moves those to laps that are connected, so that they are pending no more. */
static void
note_connected(struct race *r, struct lap *laps)
{
	struct attempt *a;

	while ((a = find_winner(r)) != NULL) {
		laps[a - r->attempts].fd = a->fd;
		a->fd = -1;
		end_attempt(a, 0);
	}
}

struct lap *
race_run_all(struct race *r)
{
	struct lap *laps = xcalloc(r->n, sizeof(*laps));

	for (size_t i = 0; i < r->n; i++)
		laps[i] = (struct lap){ .to = r->order[i], .fd = -1 };
	while (r->begun < r->n)
		begin_attempt(r);
	while (count_pending(r) > 0 && date_clock() < r->deadline) {
		wait_for_attempts(r);
		note_connected(r, laps);
	}
	for (size_t i = 0; i < r->n; i++) {
		if (r->attempts[i].fd != -1)
			end_attempt(&r->attempts[i], ETIMEDOUT);
		laps[i].error = r->attempts[i].error;
		laps[i].seconds = r->attempts[i].seconds;
	}
	return laps;
}

void
race_free(struct race *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->begun; i++)
		end_attempt(&r->attempts[i], 0);
	free(r->attempts);
	free(r->pollfds);
	free(r->order);
	free(r);
}
