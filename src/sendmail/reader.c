#include <config.h>

#include "sendmail/reader.h"

#include <sys/types.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "mail/canon.h"
#include "sendmail/signals.h"

enum {
	CHUNK = 64 * 1024,
	/* The rest of any message that somebody may mean to send. */
	DRAIN_MAX = 256 * 1024 * 1024,
};

/* Not on a stack, of which a hardened build touches every page. */
static char chunk[CHUNK];

void
reader_init(struct reader *r, int fd, struct canon *canon, bool dots)
{
	*r = (struct reader){ .fd = fd, .canon = canon };
	canon_init(canon, dots);
}

int
reader_more(void *arg, struct buf *text)
{
	struct reader *r = arg;
	ssize_t n;

	if (r->ended)
		return 0;
	/* The other end may be another program's, which does not wait. */
	while ((n = read(r->fd, chunk, sizeof(chunk))) == -1)
		if (errno != EAGAIN || signals_poll(r->fd, POLLIN, -1) == -1)
			return -1;
	canon_add(r->canon, chunk, (size_t)n, text);
	r->ended = n == 0 || r->canon->ended;
	if (r->ended)
		canon_finish(r->canon, text);
	return 1;
}

void
reader_drain(const struct reader *r)
{
	off_t left = DRAIN_MAX;
	ssize_t n;

	if ((r->ended && !r->canon->ended) || isatty(r->fd))
		return;
	while (left > 0 && !signals_interrupted()) {
		n = read(r->fd, chunk, sizeof(chunk));
		if (n == 0 || (n == -1 && errno != EINTR))
			break;
		left -= n;
	}
}
