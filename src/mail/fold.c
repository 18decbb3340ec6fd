#include <config.h>

#include "mail/fold.h"

#include <string.h>

#include "base/buf.h"

static int
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Where to fold a line that is too long: before the last blank within max
 * that follows some text; 0 when there is none.
 */
static size_t
find_blank(const char *line, size_t max)
{
	size_t text = 0;

	while (is_blank(line[text]))
		text++;
	for (size_t at = max; at > text; at--)
		if (is_blank(line[at]) && !is_blank(line[at - 1]))
			return at;
	return 0;
}

/* The most that fits and does not end within a character. */
static size_t
find_break(const char *line, size_t max)
{
	size_t at = max;

	while (at > max - 4 && ((unsigned char)line[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/* A run of blanks, one of which is enough where a line is too long. */
static size_t
count_spare(const char *line, size_t len)
{
	size_t n = 0;

	while (n + 1 < len && is_blank(line[n]) && is_blank(line[n + 1]))
		n++;
	return n;
}

static void
add_line(struct buf *out, const char *line, size_t len)
{
	size_t indent = 0, at;

	/* No line may be left that is nothing but blanks. */
	while (len > LINE_MAX_BYTES && is_blank(line[len - 1]))
		len--;
	while (len + indent > LINE_MAX_BYTES) {
		at = find_blank(line, LINE_MAX_BYTES - indent);
		if (at > 0) {
			buf_add(out, line, at);
			buf_adds(out, "\r\n");
			at += count_spare(line + at, len - at);
			indent = 0;
		} else {
			at = find_break(line, LINE_MAX_BYTES - indent);
			buf_add(out, line, at);
			buf_adds(out, "\r\n ");
			indent = 1;
		}
		line += at;
		len -= at;
	}
	buf_add(out, line, len);
	buf_adds(out, "\r\n");
}

void
fold_add(struct buf *out, const char *field, size_t len)
{
	const char *end = field + len, *lf;

	for (; field < end; field = lf + 1) {
		lf = memchr(field, '\n', (size_t)(end - field));
		add_line(out, field, (size_t)(lf - 1 - field));
	}
}
