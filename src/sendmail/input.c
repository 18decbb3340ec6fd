#include <config.h>

#include "sendmail/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "mail/canon.h"
#include "mail/header.h"

enum { CHUNK = 64 * 1024 };

void
input_init(struct input *in, int fd, struct canon *canon, struct buf *text)
{
	*in = (struct input){ .fd = fd, .canon = canon, .text = text };
	canon->nuls = true;
}

/* Adds the next piece of the input, or the end of its last line, to text. */
static int
read_more(struct input *in)
{
	char raw[CHUNK];
	ssize_t n;

	n = read(in->fd, raw, sizeof(raw));
	if (n == -1)
		return -1;
	canon_add(in->canon, raw, (size_t)n, in->text);
	in->ended = n == 0 || in->canon->ended;
	if (in->ended)
		canon_finish(in->canon, in->text);
	return 0;
}

/*
 * Finds the end of the line at offset at, reading on as needed.  The length
 * of the line without its CRLF; at the end of the input -1 with errno 0.
 */
static ssize_t
line_at(struct input *in, size_t at)
{
	const char *lf;

	for (;;) {
		lf = in->text->len == at ? NULL :
		    memchr(in->text->data + at, '\n', in->text->len - at);
		if (lf != NULL)
			return lf - 1 - (in->text->data + at);
		errno = in->text->len > HEADER_MAX ? EFBIG : 0;
		if (errno != 0 || in->ended || read_more(in) == -1)
			return -1;
	}
}

static int
drop_mbox_line(struct input *in)
{
	ssize_t len = line_at(in, 0);
	const char *line = in->text->data;

	if (len == -1)
		return errno == 0 ? 0 : -1;
	if ((len >= 5 && memcmp(line, "From ", 5) == 0) ||
	    (len >= 6 && memcmp(line, ">From ", 6) == 0))
		buf_drop(in->text, (size_t)len + 2);
	return 0;
}

int
input_header(struct input *in, struct buf *header)
{
	size_t at = 0, empty = 0;
	ssize_t len;

	if (drop_mbox_line(in) == -1)
		return -1;
	while ((len = line_at(in, at)) != -1) {
		enum header_line kind = header_line(in->text->data + at,
		    (size_t)len);

		if (kind == HEADER_END)
			empty = 2;
		if (kind == HEADER_END || kind == HEADER_BODY ||
		    (kind == HEADER_FOLDED && at == 0))
			break;
		at += (size_t)len + 2;
	}
	if (len == -1 && errno == EFBIG && at < in->text->len &&
	    header_line(in->text->data + at, in->text->len - at) ==
	    HEADER_BODY)
		errno = 0;	/* a body of one long line */
	if (len == -1 && errno != 0)
		return -1;
	buf_add(header, in->text->data, at);
	buf_drop(in->text, at + empty);
	buf_remove(in->text, '\0');
	in->canon->nuls = false;
	return 0;
}

int
input_body(struct input *in)
{
	buf_clear(in->text);
	if (in->ended)
		return 0;
	return read_more(in) == -1 ? -1 : 1;
}

void
input_drain(struct input *in)
{
	char chunk[4096];
	ssize_t n;

	if (!in->canon->ended || isatty(in->fd))
		return;
	do
		n = read(in->fd, chunk, sizeof(chunk));
	while (n > 0 || (n == -1 && errno == EINTR));
}
