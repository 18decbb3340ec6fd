#include <config.h>

#include "smtp/content.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

enum {
	PIECE = 64 * 1024,	/* four TLS records */
};

/*
 * A dot after a mere LF is stuffed too, so that there is no server for which
 * the message could end early.
 */
void
content_stuff(const char *p, size_t len, bool *in_line, struct buf *out)
{
	const char *end = p + len, *next;

	for (; p < end; p = next) {
		next = memchr(p, '\n', (size_t)(end - p));
		next = next != NULL ? next + 1 : end;
		if (!*in_line && *p == '.')
			buf_addc(out, '.');
		buf_add(out, p, (size_t)(next - p));
		*in_line = next[-1] != '\n';
	}
}

static ssize_t
read_piece(const struct content *c, char *piece, size_t len)
{
	ssize_t n;

	do
		n = pread(c->fd, piece, len, c->offset);
	while (n == -1 && errno == EINTR);
	if (n == 0 && len > 0) {
		errno = ENODATA;
		return -1;
	}
	return n;
}

/* The piece is read to where it is to be, or stuffed on its way there. */
int
content_add(struct content *c, struct buf *out)
{
	size_t len = c->left < PIECE ? (size_t)c->left : PIECE;
	char piece[PIECE];
	ssize_t n;

	n = read_piece(c, c->dotted ? piece : buf_reserve(out, len), len);
	if (n == -1)
		return -1;
	if (c->dotted)
		content_stuff(piece, (size_t)n, &c->in_line, out);
	else
		buf_grew(out, (size_t)n);
	c->offset += n;
	c->left -= n;
	if (c->dotted && c->left == 0)
		buf_adds(out, c->in_line ? "\r\n.\r\n" : ".\r\n");
	return 0;
}
