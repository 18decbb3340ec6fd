#include <config.h>

#include "sendmail/input.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "mail/header.h"

void
input_init(struct input *in, int (*more)(void *arg, struct buf *text),
    void *arg, struct buf *text)
{
	*in = (struct input){ .more = more, .arg = arg, .text = text };
}

/* Adds the next piece, or the end of the last line, to text. */
static int
read_more(struct input *in)
{
	int more = in->more(in->arg, in->text);

	in->ended = more == 0;
	return more;
}

/*
 * Finds the end of the line at offset at, reading on as needed.  The length
 * of the line without its CRLF; at the end of the input -1 with errno 0.  No
 * byte is looked at twice: pieces may be as small as a client likes.
 */
static ssize_t
line_at(struct input *in, size_t at)
{
	size_t searched = at;
	const char *lf;

	for (;;) {
		lf = in->text->len == searched ? NULL :
		    memchr(in->text->data + searched, '\n',
		    in->text->len - searched);
		if (lf != NULL)
			return lf - 1 - (in->text->data + at);
		searched = in->text->len;
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
	return 0;
}

int
input_body(struct input *in)
{
	int more;

	buf_clear(in->text);
	if (in->ended)
		return 0;
	more = read_more(in);
	buf_remove(in->text, '\0');
	return more;
}
