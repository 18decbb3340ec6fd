#include <config.h>

#include "smtp/channel.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdpass.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "mail/job.h"
#include "mail/report.h"

struct channel {
	int fd;
	struct buf out;			/* reports that were not sent yet */
	char packet[JOB_MAX + 1];	/* the last job, and a NUL */
};

struct channel *
channel_new(int fd)
{
	struct channel *c = xcalloc(1, sizeof(*c));

	c->fd = fd;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		fatalx(EX_USAGE, "is started by onehop-flush only");
	return c;
}

int
channel_fd(const struct channel *c)
{
	return c->fd;
}

static bool
would_block(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK;
}

int
channel_flush(struct channel *c)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLOUT };
	int result;

	if (c->out.len == 0)
		return 0;
	while ((result = fdpass_send(c->fd, c->out.data, c->out.len,
	    -1)) == -1 && would_block(errno))
		poll(&pfd, 1, -1);
	if (result == -1 && errno != EPIPE && errno != ECONNRESET)
		fatal(EX_OSERR, "report to the flusher");
	buf_clear(&c->out);
	return result;
}

int
channel_report(struct channel *c, const struct report *report)
{
	struct buf next = { 0 };
	int result = 0;

	report_encode(report, &next);
	if (c->out.len + next.len > REPORT_MAX)
		result = channel_flush(c);
	buf_add(&c->out, next.data, next.len);
	buf_free(&next);
	return result;
}

enum channel_result
channel_receive(struct channel *c, struct job *job, int *fd)
{
	ssize_t n = fdpass_recv(c->fd, c->packet, JOB_MAX, fd);

	if (n == -1 && would_block(errno))
		return CHANNEL_NOTHING;
	if (n == -1 && errno != ECONNRESET)
		fatal(EX_OSERR, "job from the flusher");
	if (n <= 0)
		return CHANNEL_END;
	c->packet[n] = '\0';
	if (job_decode(job, c->packet, (size_t)n) == -1 || *fd == -1)
		fatalx(EX_PROTOCOL, "malformed job from the flusher");
	return CHANNEL_JOB;
}

void
channel_shut(struct channel *c)
{
	shutdown(c->fd, SHUT_RD);
}

void
channel_free(struct channel *c)
{
	char byte;

	channel_flush(c);
	shutdown(c->fd, SHUT_RDWR);
	while (recv(c->fd, &byte, sizeof(byte), MSG_DONTWAIT) > 0)
		;
	close(c->fd);
	buf_free(&c->out);
	free(c);
}
