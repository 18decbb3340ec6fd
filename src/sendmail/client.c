#include <config.h>

#include "sendmail/client.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/io.h"
#include "base/loopback.h"
#include "base/xmalloc.h"
#include "sendmail/signals.h"

enum {
	CHUNK = 64 * 1024,

	/* Replies to what is sent ahead are written in such portions. */
	OUTPUT_MAX = 16 * 1024,

	/* RFC 5321, 4.5.3.1.5: a reply line with its CRLF. */
	REPLY_MAX = 512,

	/* RFC 5321, 4.5.3.2.7 and 4.5.3.2.5, in seconds. */
	COMMAND_TIMEOUT = 5 * 60,
	DATA_TIMEOUT = 3 * 60,
};

struct client {
	int in;
	int out;
	bool network;
	bool sends;		/* out is a socket of a network */
	bool lf;
	int64_t timeout;	/* in seconds; 0: as the RFC has it */
	int64_t deadline;	/* of this wait; 0: none */
	struct buf input;
	size_t taken;		/* of the input */
	struct buf output;
	size_t refusals;
	enum client_end end;
	int error;
};

/* Programs talk to each other over sockets too, but only of this kind. */
static bool
is_network(int fd)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNIX };
	socklen_t len = sizeof(ss);

	return getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    ss.ss_family != AF_UNIX;
}

struct client *
client_new(int in, int out, uint64_t timeout)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->in = in;
	c->out = out;
	c->network = is_network(in);
	c->sends = is_network(out);
	buf_adds(&c->input, "");
	c->lf = !c->network;
	c->timeout = (int64_t)timeout;
	return c;
}

void
client_free(struct client *c)
{
	buf_free(&c->input);
	buf_free(&c->output);
	free(c);
}

bool
client_is_network(const struct client *c)
{
	return c->network;
}

/* What cannot be told, as its other end has gone, is nobody's. */
bool
client_is_remote(const struct client *c)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	struct sockaddr *sa = (struct sockaddr *)&ss;
	socklen_t len = sizeof(ss);

	return c->network && (getpeername(c->in, sa, &len) == -1 ||
	    !loopback_is(sa));
}

bool
client_uses_lf(const struct client *c)
{
	return c->lf;
}

enum client_end
client_end(const struct client *c)
{
	return c->end;
}

int
client_error(const struct client *c)
{
	return c->error;
}

size_t
client_refusals(const struct client *c)
{
	return c->refusals;
}

static void
set_deadline(struct client *c, int seconds)
{
	if (c->network)
		c->deadline = date_monotonic() +
		    (c->timeout != 0 ? c->timeout : seconds) * 1000;
}

/* Why a system call has failed; false unless it is to be tried again. */
static bool
failed(struct client *c)
{
	if (errno == EINTR && !signals_interrupted())
		return true;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return true;
	c->error = errno;
	c->end = errno == EINTR ? CLIENT_INTERRUPTED : CLIENT_FAILED;
	return false;
}

/* Waits until a read or a write will not, if need be up to the deadline. */
static bool
wait_for(struct client *c, int fd, short events)
{
	int64_t left = -1;
	int n;

	if (c->deadline != 0) {
		left = c->deadline - date_monotonic();
		left = left < 0 ? 0 : left;
	}
	n = signals_poll(fd, events, left);
	if (n == 0)
		c->end = CLIENT_TIMED_OUT;
	return n > 0 || (n == -1 && failed(c));
}

/*
 * A socket is not waited for in write(2), where no deadline counts.  What
 * else there is takes no flags, and is local.
 */
static ssize_t
write_some(struct client *c, const char *p, size_t len)
{
	if (!c->sends)
		return write(c->out, p, len);
	return send(c->out, p, len, MSG_DONTWAIT);
}

void
client_flush(struct client *c)
{
	size_t done = 0;
	ssize_t n;

	while (done < c->output.len && c->end != CLIENT_FAILED) {
		n = write_some(c, c->output.data + done,
		    c->output.len - done);
		if (n > 0)
			done += (size_t)n;
		else if (!failed(c) || !wait_for(c, c->out, POLLOUT))
			break;
	}
	buf_clear(&c->output);
}

/* Reads more input behind what has not been taken. */
static bool
fill(struct client *c)
{
	ssize_t n;

	client_flush(c);
	buf_drop(&c->input, c->taken);
	c->taken = 0;
	while (c->end == CLIENT_OPEN) {
		if (!wait_for(c, c->in, POLLIN))
			break;
		n = io_read(c->in, &c->input, CHUNK);
		if (n > 0)
			return true;
		if (n == 0)
			c->end = CLIENT_ENDED;
		else
			failed(c);
	}
	return false;
}

/* Finds the LF that ends the next line, reading on as needed. */
static const char *
find_lf(struct client *c, bool *too_long)
{
	size_t searched = 0;
	const char *lf;

	for (;;) {
		const char *p = c->input.data + c->taken;
		size_t len = c->input.len - c->taken;

		lf = len == searched ? NULL :
		    memchr(p + searched, '\n', len - searched);
		if (lf != NULL)
			return lf;
		searched = len;
		if (len > CLIENT_LINE_MAX) {
			/* The last byte may be a CR before the LF. */
			c->taken = c->input.len - 1;
			searched = 1;
			*too_long = true;
		}
		if (!fill(c))
			return NULL;
	}
}

enum client_line
client_line(struct client *c, const char **line, size_t *len)
{
	bool too_long = false, cr;
	const char *lf;

	if (c->end != CLIENT_OPEN)
		return CLIENT_LINE_NONE;
	set_deadline(c, COMMAND_TIMEOUT);
	lf = find_lf(c, &too_long);
	if (lf == NULL)
		return CLIENT_LINE_NONE;
	*line = c->input.data + c->taken;
	*len = (size_t)(lf - *line);
	client_take(c, *len + 1);
	cr = *len > 0 && lf[-1] == '\r';
	if (cr)
		--*len;
	c->lf = c->lf && !cr;
	if (c->network && !cr)
		return CLIENT_LINE_BARE;
	if (too_long || *len > CLIENT_LINE_MAX)
		return CLIENT_LINE_LONG;
	return CLIENT_LINE;
}

size_t
client_bytes(struct client *c, const char **bytes)
{
	if (c->end != CLIENT_OPEN)
		return 0;
	set_deadline(c, DATA_TIMEOUT);
	if (c->taken == c->input.len && !fill(c))
		return 0;
	*bytes = c->input.data + c->taken;
	return c->input.len - c->taken;
}

void
client_take(struct client *c, size_t n)
{
	c->taken += n;
}

void
client_skip(struct client *c, uint64_t n)
{
	const char *bytes;
	size_t some;

	for (; n > 0 && (some = client_bytes(c, &bytes)) > 0; n -= some) {
		if (some > n)
			some = (size_t)n;
		client_take(c, some);
	}
}

static void
end_line(struct client *c)
{
	buf_adds(&c->output, "\r\n");
	if (c->output.len > OUTPUT_MAX)
		client_flush(c);
}

void
client_print(struct client *c, const char *fmt, ...)
{
	char line[REPLY_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line) - 2, fmt, ap);
	va_end(ap);
	buf_adds(&c->output, line);
	end_line(c);
}

void
client_reply(struct client *c, int code, const char *status,
    const char *words)
{
	char line[REPLY_MAX];

	c->refusals += code >= 500;
	snprintf(line, sizeof(line) - 2, "%d %s %s", code, status, words);
	for (char *p = line; *p != '\0'; p++)
		buf_addc(&c->output, *p >= ' ' && *p <= '~' ? *p : '?');
	end_line(c);
}
