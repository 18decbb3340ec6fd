/*
 * delay -r MS -p PORT [-l PORT]: a TCP proxy on loopback, as far away as the
 * round trip given.  It is a delay line: every piece carries the time at which
 * it is due at the other side and any number are under way, so that latency
 * grows and throughput does not shrink.  Opening a connection costs the round
 * trip of the handshake as well.  Slow start and loss are not modelled.
 *
 * "port N" is printed when it listens.  It runs until it is killed.
 */

#include <config.h>

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "held.h"

enum {
	CHUNK_SIZE = 65536,
	HELD_MAX = 64 * 1024 * 1024,	/* stop reading beyond */
	PAIRS_MAX = 2048
};

/* One direction of a connection.  A piece of no length is its end. */
struct line {
	struct held held;
	int64_t open;		/* nothing enters before this time */
	int in;
	int out;
	int ended;		/* the end was read */
	int closed;		/* the end was passed on */
};

struct pair {
	struct line up;
	struct line down;
};

struct proxy {
	struct pair *pairs[PAIRS_MAX];
	struct pollfd fds[1 + 2 * PAIRS_MAX];
	size_t count;
	int64_t half;		/* ns in one direction */
	int listener;
	uint16_t target;
};

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sin;
}

static int
listen_on(uint16_t port)
{
	struct sockaddr_in sin = loopback(port);
	socklen_t len = sizeof(sin);
	int fd, on = 1;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 1024) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "listen on port %u", port);
	printf("port %u\n", ntohs(sin.sin_port));
	fflush(stdout);
	return fd;
}

/* Connecting to loopback completes at once; the delay is added by the lines. */
static int
connect_to(uint16_t port)
{
	struct sockaddr_in sin = loopback(port);
	int fd;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
line_init(struct line *line, int in, int out, int64_t open)
{
	int on = 1;

	memset(line, 0, sizeof(*line));
	line->in = in;
	line->out = out;
	line->open = open;
	setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/*
 * The caller's first bytes leave one round trip after it asked for the
 * connection; the server knows of the connection half a round trip later.
 */
static void
pair_open(struct proxy *proxy)
{
	struct pair *pair;
	int64_t now = held_clock();
	int near, far;

	near = accept4(proxy->listener, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (near == -1)
		return;
	far = proxy->count < PAIRS_MAX ? connect_to(proxy->target) : -1;
	if (far == -1 || (pair = malloc(sizeof(*pair))) == NULL) {
		warn("connection refused");
		close(near);
		return;
	}
	line_init(&pair->up, near, far, now + 2 * proxy->half);
	line_init(&pair->down, far, near, now + 3 * proxy->half);
	proxy->pairs[proxy->count++] = pair;
}

static void
pair_close(struct pair *pair)
{
	while (pair->up.held.head != NULL)
		held_drop(&pair->up.held);
	while (pair->down.held.head != NULL)
		held_drop(&pair->down.held);
	close(pair->up.in);
	close(pair->up.out);
	free(pair);
}

/* Returns -1 when the connection broke. */
static int
line_read(struct line *line, int64_t half)
{
	static char data[CHUNK_SIZE];
	int64_t now = held_clock();
	ssize_t n;

	n = read(line->in, data, sizeof(data));
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	line->ended = n == 0;
	held_push(&line->held, data, (size_t)n,
	    (now > line->open ? now : line->open) + half);
	return 0;
}

/* Writes what is due.  Returns -1 when the connection broke. */
static int
line_write(struct line *line, int64_t now)
{
	struct piece *piece;
	ssize_t n;

	while ((piece = line->held.head) != NULL && piece->due <= now) {
		if (piece->len == 0) {
			line->closed = 1;
			shutdown(line->out, SHUT_WR);
		} else {
			n = write(line->out, piece->data + piece->off,
			    piece->len - piece->off);
			if (n == -1)
				return errno == EAGAIN ? 0 : -1;
			piece->off += (size_t)n;
			if (piece->off < piece->len)
				return 0;
		}
		held_drop(&line->held);
	}
	return 0;
}

/* What to wait for on the side that "in" reads and "out" writes. */
static short
side_events(const struct line *in, const struct line *out, int64_t now)
{
	short events = 0;

	if (!in->ended && in->held.bytes < HELD_MAX)
		events |= POLLIN;
	if (out->held.head != NULL && out->held.head->due <= now)
		events |= POLLOUT;
	return events;
}

static void
set_pollfd(struct pollfd *pfd, int fd, short events)
{
	pfd->fd = events != 0 ? fd : -1;
	pfd->events = events;
	pfd->revents = 0;
}

/* Returns the time at which the next piece is due, or -1 for none. */
static int64_t
proxy_prepare(struct proxy *proxy, int64_t now)
{
	struct pair *pair;
	struct line *lines[2];
	int64_t next = -1;
	size_t i, j;

	set_pollfd(&proxy->fds[0], proxy->listener, POLLIN);
	for (i = 0; i < proxy->count; i++) {
		pair = proxy->pairs[i];
		lines[0] = &pair->up;
		lines[1] = &pair->down;
		for (j = 0; j < 2; j++) {
			set_pollfd(&proxy->fds[1 + 2 * i + j], lines[j]->in,
			    side_events(lines[j], lines[1 - j], now));
			if (lines[j]->held.head != NULL &&
			    lines[j]->held.head->due > now)
				next = held_next(&lines[j]->held, next);
		}
	}
	return next;
}

static void
proxy_wait(struct proxy *proxy, int64_t next, int64_t now)
{
	struct timespec wait;
	int64_t ns = next - now;

	wait.tv_sec = (time_t)(ns / 1000000000);
	wait.tv_nsec = (long)(ns % 1000000000);
	if (ppoll(proxy->fds, 1 + 2 * proxy->count, next == -1 ? NULL : &wait,
	    NULL) == -1 && errno != EINTR)
		err(1, "ppoll");
}

/* Returns -1 when the pair is done with. */
static int
pair_move(struct pair *pair, const struct pollfd *fds, int64_t half)
{
	const short readable = POLLIN | POLLHUP | POLLERR;
	int64_t now;

	if (!pair->up.ended && fds[0].revents & readable &&
	    line_read(&pair->up, half) == -1)
		return -1;
	if (!pair->down.ended && fds[1].revents & readable &&
	    line_read(&pair->down, half) == -1)
		return -1;
	now = held_clock();
	if (line_write(&pair->up, now) == -1 ||
	    line_write(&pair->down, now) == -1)
		return -1;
	return pair->up.closed && pair->down.closed ? -1 : 0;
}

static void
proxy_move(struct proxy *proxy)
{
	size_t i, kept = 0, count = proxy->count;

	for (i = 0; i < count; i++) {
		if (pair_move(proxy->pairs[i], &proxy->fds[1 + 2 * i],
		    proxy->half) == -1)
			pair_close(proxy->pairs[i]);
		else
			proxy->pairs[kept++] = proxy->pairs[i];
	}
	proxy->count = kept;
	if (proxy->fds[0].revents & POLLIN)
		pair_open(proxy);
}

static void
proxy_run(struct proxy *proxy)
{
	int64_t now, next;

	for (;;) {
		now = held_clock();
		next = proxy_prepare(proxy, now);
		proxy_wait(proxy, next, now);
		proxy_move(proxy);
	}
}

int
main(int argc, char **argv)
{
	static struct proxy proxy;
	uint16_t port = 0;
	int c;

	while ((c = getopt(argc, argv, "l:p:r:")) != -1) {
		if (c == 'l')
			port = (uint16_t)atoi(optarg);
		else if (c == 'p')
			proxy.target = (uint16_t)atoi(optarg);
		else if (c == 'r')
			proxy.half = (int64_t)(atof(optarg) * 500000);
		else
			return 64;
	}
	if (proxy.target == 0)
		errx(64, "usage: delay -r MS -p PORT [-l PORT]");
	signal(SIGPIPE, SIG_IGN);
	proxy.listener = listen_on(port);
	proxy_run(&proxy);
}
