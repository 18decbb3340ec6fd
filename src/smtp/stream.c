#include <config.h>

#include "smtp/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/xmalloc.h"

enum {
	/*
	 * One read takes a whole TLS record (RFC 8446, section 5.1), so none
	 * of it waits where poll does not see it.
	 */
	READ_SIZE = 16 * 1024,
	/* What is taken in while writing; more than 100 long replies. */
	INPUT_MAX = 512 * 1024,
	/* Seconds in which what has come in by the deadline is read. */
	GRACE = 1,
};

struct stream {
	int fd;
	const struct stream_layer *layer;
	void *context;		/* of the layer */
	struct buf in;
	size_t taken;		/* bytes of in that were given out */
	struct buf out;
	uint64_t written;	/* bytes of out, ever */
	double deadline;
	double patience;	/* seconds that the deadline was set for */
	char error[256];	/* empty: it has not failed */
	bool garbled;
};

static int __attribute__((__format__(printf, 2, 3)))
fail(struct stream *s, const char *fmt, ...)
{
	va_list ap;

	if (s->error[0] != '\0')
		return -1;
	va_start(ap, fmt);
	vsnprintf(s->error, sizeof(s->error), fmt, ap);
	va_end(ap);
	return -1;
}

/* What a system call's result means to the stream. */
static ssize_t
plain_result(ssize_t n, ssize_t want)
{
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK ||
	    errno == EINTR))
		return want;
	return n;
}

static ssize_t
plain_read(void *context, void *data, size_t len, const char **error)
{
	struct stream *s = context;

	*error = NULL;
	return plain_result(read(s->fd, data, len), STREAM_WANT_READ);
}

static ssize_t
plain_write(void *context, const void *data, size_t len, const char **error)
{
	struct stream *s = context;

	*error = NULL;
	return plain_result(write(s->fd, data, len), STREAM_WANT_WRITE);
}

static const struct stream_layer plain = { plain_read, plain_write };

struct stream *
stream_new(int fd)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->fd = fd;
	stream_set_layer(s, &plain, s);
	return s;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	close(s->fd);
	buf_free(&s->in);
	buf_free(&s->out);
	free(s);
}

int
stream_fd(const struct stream *s)
{
	return s->fd;
}

void
stream_set_layer(struct stream *s, const struct stream_layer *layer,
    void *context)
{
	s->layer = layer;
	s->context = context;
}

void
stream_set_deadline(struct stream *s, double seconds)
{
	s->patience = seconds;
	s->deadline = date_clock() + seconds;
}

bool
stream_is_late(const struct stream *s)
{
	return date_clock() > s->deadline + GRACE;
}

/*
 * Polls until the deadline; the events that came, or -1.  Nobody holds us by
 * having something to say all the time.
 */
static int
wait_for(struct stream *s, int events)
{
	struct pollfd pfd = { .fd = s->fd, .events = (short)events };
	int n;

	do
		n = stream_is_late(s) ? 0 :
		    poll(&pfd, 1, date_left(s->deadline));
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return fail(s, "poll: %s", strerror(errno));
	if (n == 0)
		return fail(s, "timed out after %g s", s->patience);
	return pfd.revents;
}

static int
events_of(ssize_t want)
{
	return want == STREAM_WANT_READ ? POLLIN : POLLOUT;
}

int
stream_wait(struct stream *s, ssize_t want)
{
	return wait_for(s, events_of(want)) == -1 ? -1 : 0;
}

/*
 * Takes in what one read gives: how much it is, -1 on failure, or what the
 * layer wants to wait for.
 */
static ssize_t
take_in(struct stream *s)
{
	const char *error = NULL;
	ssize_t n;

	n = s->layer->read(s->context, buf_reserve(&s->in, READ_SIZE),
	    READ_SIZE, &error);
	if (n > 0)
		buf_grew(&s->in, (size_t)n);
	else if (n == 0)
		return fail(s, "connection closed by the other side");
	else if (n == STREAM_FAILED)
		return fail(s, "%s", error != NULL ? error : strerror(errno));
	return n;
}

int
stream_poke(struct stream *s)
{
	return take_in(s) == -1 ? -1 : 0;
}

/* Waits until more has been taken in. */
static int
receive(struct stream *s)
{
	ssize_t n;

	while ((n = take_in(s)) < 0)
		if (n == -1 || stream_wait(s, n) == -1)
			return -1;
	return 0;
}

/* Waits until the layer can go on writing, and listens meanwhile. */
static void
wait_writing(struct stream *s, ssize_t want)
{
	int listen = s->in.len < INPUT_MAX ? POLLIN : 0;
	int got = wait_for(s, events_of(want) | listen);

	if (got != -1 && (got & listen) != 0)
		stream_poke(s);
}

struct buf *
stream_output(struct stream *s)
{
	return &s->out;
}

int
stream_flush(struct stream *s)
{
	const char *error = NULL;
	size_t done = 0;
	ssize_t n;

	while (done < s->out.len && s->error[0] == '\0') {
		n = s->layer->write(s->context, s->out.data + done,
		    s->out.len - done, &error);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || n == STREAM_FAILED)
			fail(s, "%s", error != NULL ? error : strerror(errno));
		else
			wait_writing(s, n);
	}
	s->written += done;
	buf_clear(&s->out);
	return s->error[0] == '\0' ? 0 : -1;
}

uint64_t
stream_written(const struct stream *s)
{
	return s->written;
}

uint64_t
stream_position(const struct stream *s)
{
	return s->written + s->out.len;
}

bool
stream_has_input(const struct stream *s)
{
	return s->in.len > s->taken;
}

const char *
stream_input(const struct stream *s, size_t *len)
{
	*len = s->in.len - s->taken;
	return *len > 0 ? s->in.data + s->taken : "";
}

/* Waits for a whole line; where its LF is, or NULL. */
static char *
line_end(struct stream *s)
{
	size_t seen = 0;
	char *lf = NULL;

	for (;;) {
		if (s->in.len > seen)
			lf = memchr(s->in.data + seen, '\n', s->in.len - seen);
		if (lf != NULL && lf - s->in.data <= STREAM_LINE)
			return lf;
		if (lf != NULL || s->in.len > STREAM_LINE) {
			s->garbled = true;
			fail(s, "line of more than %d bytes", STREAM_LINE);
			return NULL;
		}
		seen = s->in.len;
		if (receive(s) == -1)
			return NULL;
	}
}

const char *
stream_line(struct stream *s, size_t *len)
{
	char *lf;

	buf_drop(&s->in, s->taken);
	s->taken = 0;
	lf = line_end(s);
	if (lf == NULL)
		return NULL;
	*len = (size_t)(lf - s->in.data);
	s->taken = *len + 1;
	if (*len > 0 && lf[-1] == '\r')
		--*len;
	s->in.data[*len] = '\0';
	if (memchr(s->in.data, '\0', *len) != NULL) {
		s->garbled = true;
		fail(s, "line with a NUL");
		return NULL;
	}
	return s->in.data;
}

bool
stream_is_garbled(const struct stream *s)
{
	return s->garbled;
}

const char *
stream_error(const struct stream *s)
{
	return s->error;
}
