#include <config.h>

#include "mail/wrap.h"

#include <string.h>

#include "base/buf.h"

enum {
	/* A line that fills it is too long, or has its CR at the end. */
	WINDOW = LINE_MAX_BYTES + 1,
	ENCODED_LINE = 76,
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Whether the byte goes on with a character of UTF-8. */
static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Writes n bytes of the line and goes on with lead and the others. */
static void
cut(struct wrap *w, size_t n, const char *lead, struct buf *out)
{
	size_t leadlen = strlen(lead);

	buf_add(out, w->line->data, n);
	if (w->style == WRAP_QUOTED)
		buf_addc(out, '=');
	buf_adds(out, "\r\n");
	n -= leadlen;
	memcpy(w->line->data + n, lead, leadlen);
	buf_drop(w->line, n);
	w->shortened = true;
}

static bool
precedes_colon(const char *blank)
{
	while (is_blank(*blank))
		blank++;
	return *blank == ':';
}

/* Where to fold: before a blank that follows some text; 0 if nowhere. */
static size_t
find_blank(const char *line)
{
	size_t text = 0;

	while (is_blank(line[text]))
		text++;
	for (size_t at = LINE_MAX_BYTES; at > text; at--)
		if (is_blank(line[at]) && !is_blank(line[at - 1]) &&
		    !precedes_colon(line + at))
			return at;
	return 0;
}

/*
 * After the last comma that fits in the value of a field, which may be a list
 * of addresses; 0 when there is none.
 */
static size_t
find_comma(const char *line)
{
	const char *value = line;

	if (!is_blank(*line))
		value = memchr(line, ':', LINE_MAX_BYTES);
	if (value == NULL)
		return 0;
	for (size_t at = LINE_MAX_BYTES; line + at > value + 1; at--)
		if (line[at - 1] == ',')
			return at;
	return 0;
}

/* The most that fits and does not end within a character. */
static size_t
find_break(const char *line)
{
	size_t at = find_comma(line);

	if (at > 0)
		return at;
	at = LINE_MAX_BYTES;
	while (at > LINE_MAX_BYTES - 4 && is_continuation(line[at]))
		at--;
	return at;
}

/* How many of the blanks that the line begins with it can do without. */
static size_t
count_spare(const char *line)
{
	size_t n = 0;

	while (is_blank(line[n]) && is_blank(line[n + 1]))
		n++;
	return n;
}

static void
drop_last(struct buf *line)
{
	line->data[--line->len] = '\0';
}

/* Whether the line has ended in blanks and a colon, which is pulled up. */
static bool
pull_colon(struct buf *line)
{
	if (line->data[line->len - 1] != ':' ||
	    !is_blank(line->data[line->len - 2]))
		return false;
	do
		drop_last(line);
	while (is_blank(line->data[line->len - 1]));
	buf_addc(line, ':');
	return true;
}

static void
cut_text(struct wrap *w, struct buf *out)
{
	size_t at = find_blank(w->line->data);

	if (at > 0)
		cut(w, at, "", out);
	else if (count_spare(w->line->data) == 0 && !pull_colon(w->line))
		cut(w, find_break(w->line->data), " ", out);
	buf_drop(w->line, count_spare(w->line->data));
}

/* Blanks are not cut: at the end of a line they do not count. */
static bool
can_break(const char *p, size_t n)
{
	return p[n - 1] != '=' && (n == 1 || p[n - 2] != '=') &&
	    !is_blank(p[n - 1]) && !is_blank(p[n]) && p[n] != '-' &&
	    !is_continuation(p[n]);
}

/* Where to break a quoted-printable line of len bytes; 0 if nowhere. */
static size_t
find_soft_break(const char *p, size_t len)
{
	for (size_t n = ENCODED_LINE - 1; n > 0; n--)
		if (can_break(p, n))
			return n;
	for (size_t n = ENCODED_LINE; n < len; n++)
		if (can_break(p, n))
			return n;
	return 0;
}

/*
 * Cuts a line that, without its CRLF, has len bytes, more than ENCODED_LINE.
 * Returns how many are left; all of them, if it cannot be cut.
 */
static size_t
cut_encoded(struct wrap *w, size_t len, struct buf *out)
{
	size_t before = w->line->len, n = ENCODED_LINE;
	bool hyphen;

	if (w->style == WRAP_QUOTED)
		n = find_soft_break(w->line->data, len);
	hyphen = w->style == WRAP_BASE64 && w->line->data[n] == '-';
	if (n > 0)
		cut(w, n, hyphen ? " " : "", out);
	return len - (before - w->line->len);
}

/* For quoted-printable that can be cut nowhere, such as a row of hyphens. */
static void
cut_hard(struct wrap *w, struct buf *out)
{
	char *next = w->line->data + LINE_MAX_BYTES - 1;
	bool hyphen = *next == '-';

	if (hyphen)
		*next = 'D';
	cut(w, LINE_MAX_BYTES - 1, hyphen ? "=2" : "", out);
}

/*
 * Cuts the line, unless the CR that ends it may be in the window, or a blank
 * that is dropped if the line ends after it; there one is as good as many.
 */
static void
cut_window(struct wrap *w, struct buf *out)
{
	char last = w->line->data[w->line->len - 1];

	if (last == '\r')
		return;
	if (w->style == WRAP_TEXT && is_blank(last)) {
		if (w->line->len > WINDOW)
			drop_last(w->line);
	} else if (w->style == WRAP_TEXT)
		cut_text(w, out);
	else if (cut_encoded(w, LINE_MAX_BYTES, out) == LINE_MAX_BYTES)
		cut_hard(w, out);
}

static void
end_line(struct wrap *w, struct buf *out)
{
	size_t len = w->line->len - 2, left;

	while (w->shortened && w->style != WRAP_TEXT && len > ENCODED_LINE) {
		left = cut_encoded(w, len, out);
		if (left == len)
			break;
		len = left;
	}
	/* What is over is a blank. */
	buf_add(out, w->line->data,
	    len > LINE_MAX_BYTES ? LINE_MAX_BYTES : len);
	buf_adds(out, "\r\n");
	buf_clear(w->line);
	w->shortened = false;
}

void
wrap_add(struct wrap *w, const char *data, size_t len, struct buf *out)
{
	const char *lf;
	size_t n;

	for (; len > 0; data += n, len -= n) {
		/* Room for the window, or for what shows how it ends. */
		n = w->line->len < WINDOW ? WINDOW - w->line->len : 1;
		if (n > len)
			n = len;
		lf = memchr(data, '\n', n);
		if (lf != NULL)
			n = (size_t)(lf - data) + 1;
		buf_add(w->line, data, n);
		if (lf != NULL)
			end_line(w, out);
		else if (w->line->len >= WINDOW)
			cut_window(w, out);
	}
}

void
wrap_fold(struct buf *out, const char *text, size_t len)
{
	struct buf line = { 0 };
	struct wrap w = { .style = WRAP_TEXT, .line = &line };

	wrap_add(&w, text, len, out);
	buf_free(&line);
}
