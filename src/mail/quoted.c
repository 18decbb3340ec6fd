#include <config.h>

#include "mail/quoted.h"

#include "base/buf.h"

enum { LINE = 76 };

static bool
must_encode(const struct quoted *q, char c, bool ends_line)
{
	if (c == ' ')
		return ends_line || q->from == 4;
	if (c == '\t')
		return ends_line;
	if (c < ' ' || c > '~' || c == '=')
		return true;
	if (q->column > 0)
		return false;
	return (c == '.' && ends_line) || (c == '-' && q->broken);
}

/* Follows whether the line begins with "From". */
static void
follow_from(struct quoted *q, char c)
{
	if (q->from == q->column && q->from < 4 && "From"[q->from] == c)
		q->from++;
	else
		q->from = 0;
}

static void
write_byte(struct quoted *q, char c, bool ends_line, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t max = ends_line ? LINE : LINE - 1;
	bool encode = must_encode(q, c, ends_line);

	if (q->column + (encode ? 3 : 1) > max) {
		buf_add(out, "=\r\n", 3);
		*q = (struct quoted){ .broken = true };
		encode = must_encode(q, c, ends_line);
	}
	follow_from(q, c);
	if (encode) {
		buf_addc(out, '=');
		buf_addc(out, hex[(unsigned char)c >> 4]);
		buf_addc(out, hex[(unsigned char)c & 15]);
	} else
		buf_addc(out, c);
	q->column += encode ? 3 : 1;
}

void
quoted_add(struct quoted *q, const char *data, size_t len, struct buf *out)
{
	for (const char *end = data + len; data < end; data++) {
		if (*data == '\r')
			continue;
		if (*data == '\n') {
			quoted_finish(q, out);
			buf_add(out, "\r\n", 2);
			*q = (struct quoted){ .column = 0 };
			continue;
		}
		if (q->held)
			write_byte(q, q->last, false, out);
		q->held = true;
		q->last = *data;
	}
}

void
quoted_finish(struct quoted *q, struct buf *out)
{
	if (q->held)
		write_byte(q, q->last, true, out);
	q->held = false;
}
