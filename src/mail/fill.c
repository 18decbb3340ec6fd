#include <config.h>

#include "mail/fill.h"

#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/wrap.h"

/*
 * With "?" for each character that is not, or is not ASCII where it is to be
 * that, and for each byte that is not UTF-8.
 */
static void
add_printable(struct buf *out, const char *text, size_t len, bool ascii)
{
	size_t n;

	for (; len > 0; text += n, len -= n) {
		n = utf8_length(text, len);
		if (utf8_printable(text, len) == 0 || (ascii && n > 1))
			buf_addc(out, '?');
		else
			buf_add(out, text, n);
		n += n == 0;
	}
}

/* Formats, and makes it printable: no line end is left. */
static void __attribute__((__format__(printf, 3, 0)))
format(struct buf *out, bool ascii, const char *fmt, va_list ap)
{
	struct buf raw = { 0 };

	buf_vprintf(&raw, fmt, ap);
	buf_adds(out, "");
	add_printable(out, raw.data, raw.len, ascii);
	buf_free(&raw);
}

/*
 * Appends words, each with the blanks before it, and breaks a line before
 * one that does not fit.  The next line begins with lead, or, when that is
 * NULL, with the blanks.
 */
static void
add_words(struct buf *out, const char *lead, const char *text)
{
	size_t most = lead != NULL ? FILL_TEXT : FILL_FIELD;
	size_t start = out->len, blanks, word;

	if (lead != NULL) {
		buf_adds(out, lead);
		text += strspn(text, " ");
	}
	for (; text[blanks = strspn(text, " ")] != '\0';
	    text += blanks + word) {
		word = strcspn(text + blanks, " ");
		if (text[0] == ' ' &&
		    out->len - start + blanks + word > most) {
			buf_adds(out, "\r\n");
			start = out->len;
			if (lead != NULL) {
				buf_adds(out, lead);
				text += blanks;
				blanks = 0;
			}
		}
		buf_add(out, text, blanks + word);
	}
	buf_adds(out, "\r\n");
}

static void __attribute__((__format__(printf, 4, 0)))
fill(struct buf *out, const char *lead, bool ascii, const char *fmt,
    va_list ap)
{
	struct buf text = { 0 }, lines = { 0 };

	format(&text, ascii, fmt, ap);
	add_words(&lines, lead, text.data);
	wrap_fold(out, lines.data, lines.len);
	buf_free(&text);
	buf_free(&lines);
}

void
fill_field(struct buf *out, bool ascii, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(out, NULL, ascii, fmt, ap);
	va_end(ap);
}

void
fill_text(struct buf *out, const char *lead, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(out, lead, false, fmt, ap);
	va_end(ap);
}

void
fill_paragraph(struct buf *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(out, "", false, fmt, ap);
	va_end(ap);
	buf_adds(out, "\r\n");
}
