#include <config.h>

#include "mail/canon.h"

#include <string.h>

#include "base/buf.h"

void
canon_init(struct canon *c, bool dots)
{
	*c = (struct canon){ .dots = dots };
}

/* Most bytes of a message pass the first comparison. */
static bool
is_plain(char c)
{
	return (unsigned char)c > '\r' ||
	    (c != '\r' && c != '\n' && c != '\0');
}

/* Appends the plain bytes at p as one run and returns where it ends. */
static const char *
add_run(struct canon *c, const char *p, const char *end, struct buf *out)
{
	const char *run = p;
	unsigned char bits = 0;

	for (; p < end && is_plain(*p); p++)
		bits |= (unsigned char)*p;
	if (bits & 0x80)
		c->eightbit = true;
	buf_add(out, run, (size_t)(p - run));
	return p;
}

/* The CRs kept back were in the middle of a line. */
static void
add_spaces(struct canon *c, struct buf *out)
{
	if (c->crs == 0)
		return;
	memset(buf_reserve(out, c->crs), ' ', c->crs);
	buf_grew(out, c->crs);
	c->crs = 0;
}

static const char *
add_text(struct canon *c, const char *p, const char *end, struct buf *out)
{
	if (c->dots && c->state == CANON_LINE && c->crs == 0 && *p == '.') {
		c->state = CANON_DOT;
		return p + 1;
	}
	/* The first dot of two is the one that is lost. */
	if (c->state == CANON_DOT && (c->crs > 0 || *p != '.'))
		buf_addc(out, '.');
	add_spaces(c, out);
	c->state = CANON_TEXT;
	return add_run(c, p, end, out);
}

static void
end_line(struct canon *c, struct buf *out)
{
	if (c->state == CANON_DOT)
		c->ended = true;
	else
		buf_add(out, "\r\n", 2);
	c->state = CANON_LINE;
	c->crs = 0;
}

size_t
canon_add(struct canon *c, const char *data, size_t len, struct buf *out)
{
	const char *p = data;
	const char *end;

	if (len == 0)
		return 0;
	end = data + len;
	while (p < end && !c->ended) {
		switch (*p) {
		case '\0':
			buf_addc(out, '\0');
			p++;
			break;
		case '\r':
			c->crs++;
			p++;
			break;
		case '\n':
			c->bare_lf = c->bare_lf || c->crs == 0;
			end_line(c, out);
			p++;
			break;
		default:
			p = add_text(c, p, end, out);
		}
	}
	return (size_t)(p - data);
}

void
canon_finish(struct canon *c, struct buf *out)
{
	if (c->state != CANON_LINE || c->crs > 0)
		end_line(c, out);
}

bool
canon_holds(char last, const char *text, size_t len)
{
	const char *end = text + len, *p;

	if (len == 0)
		return true;
	if ((last == '\r') != (*text == '\n') ||
	    memchr(text, '\0', len) != NULL)
		return false;
	for (p = text; (p = memchr(p, '\r', (size_t)(end - p))) != NULL; p++)
		if (p + 1 < end && p[1] != '\n')
			return false;
	for (p = text; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		if (p > text && p[-1] != '\r')
			return false;
	return true;
}
