#ifndef UNIT_WIRE_H
#define UNIT_WIRE_H

#include <sys/mman.h>

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "mail/canon.h"
#include "mail/dotted.h"
#include "mail/recode.h"
#include "smtp/content.h"

/*
 * All that is between a caller and the smarthost in which a message could
 * come apart, in one line: dots, canonical form, recoding, dots again.
 */
struct wire {
	bool data;		/* it comes after DATA, and not on stdin; */
	bool dots;		/* lines end in LF, or a lone dot ends it */
	enum recode_need need;
	const uint8_t *cuts;	/* the sizes of pieces, over and over */
	size_t ncuts;
	size_t at;
};

/* How much of what is left comes next; all of it without cuts. */
static size_t
wire_piece(struct wire *w, size_t left)
{
	size_t n;

	if (w->ncuts == 0)
		return left;
	n = w->cuts[w->at++ % w->ncuts];
	/* Some pieces are as large as those that are read from a file. */
	n = n < 250 ? n + 1 : (n - 249) * 16 * 1024;
	return n < left ? n : left;
}

/* The message in canonical form, as it comes in. */
static void
wire_take(struct wire *w, const char *in, size_t len, struct buf *out)
{
	struct buf raw = { 0 };
	struct dotted d;
	struct canon c;
	size_t n;

	dotted_init(&d, w->dots);
	canon_init(&c, !w->data && w->dots);
	for (; len > 0 && !d.ended && !c.ended; in += n, len -= n) {
		n = wire_piece(w, len);
		if (w->data) {
			buf_clear(&raw);
			n = dotted_add(&d, in, n, &raw);
			canon_add(&c, raw.data, raw.len, out);
		} else {
			n = canon_add(&c, in, n, out);
		}
	}
	canon_finish(&c, out);
	buf_remove(out, '\0');
	buf_free(&raw);
}

static void
wire_recode(struct wire *w, const struct buf *in, struct buf *out)
{
	struct recode *r = recode_new(w->need, "utf-8");
	size_t n;

	for (size_t at = 0; at < in->len; at += n) {
		n = wire_piece(w, in->len - at);
		recode_add(r, in->data + at, n, out);
	}
	recode_finish(r, out);
	recode_free(r);
}

/* The same as content_add does with a file, in other pieces. */
static void
wire_stuff(struct wire *w, const struct buf *in, struct buf *out)
{
	bool in_line = false;
	size_t n;

	for (size_t at = 0; at < in->len; at += n) {
		n = wire_piece(w, in->len - at);
		content_stuff(in->data + at, n, &in_line, out);
	}
	assert(!in_line);
	buf_adds(out, ".\r\n");
}

/* What is sent of a file with that message in it. */
static void
wire_send(const struct buf *message, bool dotted, struct buf *out)
{
	static int fd = -1;
	struct content c = { .left = (off_t)message->len, .dotted = dotted };

	if (fd == -1)
		fd = memfd_create("message", MFD_CLOEXEC);
	assert(pwrite(fd, message->data, message->len, 0) ==
	    (ssize_t)message->len);
	c.fd = fd;
	do
		assert(content_add(&c, out) == 0);
	while (c.left > 0);
}

static bool
wire_is_line_end(char c)
{
	return c == '\r' || c == '\n';
}

/* Lines that end in CRLF, and no CR, LF or NUL elsewhere. */
static void
wire_check_lines(const struct buf *text)
{
	const char *p = text->data;

	assert(strlen(p) == text->len);
	for (; (p = strpbrk(p, "\r\n")) != NULL; p += 2)
		assert(p[0] == '\r' && p[1] == '\n');
	assert(text->len == 0 || text->data[text->len - 1] == '\n');
}

/*
 * No server sees an end before the last line, be CR, LF or both what ends its
 * lines; and taking away the dots gives what there was.
 */
static void
wire_check_sent(const struct buf *sent, const struct buf *message)
{
	const char *p = sent->data, *last = p + sent->len - 3;
	const char *m = message->data;

	wire_check_lines(sent);
	assert(strcmp(last, ".\r\n") == 0);
	for (; p < last; p++) {
		bool first = p == sent->data || wire_is_line_end(p[-1]);

		assert(!first || *p != '.' || !wire_is_line_end(p[1]));
		if (!first || *p != '.')
			assert(*p == *m++);
	}
	assert(*m == '\0');
}

/* Checks all of that; the message does not depend on how it is cut. */
static void
wire_check(struct wire *w, const char *in, size_t len)
{
	struct buf text[2] = { 0 }, message[2] = { 0 }, sent[2] = { 0 };
	struct buf chunk = { 0 };
	struct wire whole = *w;

	whole.ncuts = 0;
	for (int i = 0; i < 2; i++) {
		struct wire *how = i == 0 ? &whole : w;

		buf_adds(&text[i], "");
		buf_adds(&message[i], "");
		wire_take(how, in, len, &text[i]);
		wire_recode(how, &text[i], &message[i]);
		wire_stuff(how, &message[i], &sent[i]);
	}
	wire_check_lines(&text[0]);
	assert(strcmp(text[0].data, text[1].data) == 0);
	wire_check_lines(&message[0]);
	assert(strcmp(message[0].data, message[1].data) == 0);
	assert(strcmp(sent[0].data, sent[1].data) == 0);
	wire_check_sent(&sent[0], &message[0]);
	buf_clear(&sent[1]);
	wire_send(&message[0], true, &sent[1]);
	assert(strcmp(sent[0].data, sent[1].data) == 0);
	buf_adds(&chunk, "");
	wire_send(&message[0], false, &chunk);
	assert(strcmp(chunk.data, message[0].data) == 0);
	for (int i = 0; i < 2; i++) {
		buf_free(&text[i]);
		buf_free(&message[i]);
		buf_free(&sent[i]);
	}
	buf_free(&chunk);
}

#endif
