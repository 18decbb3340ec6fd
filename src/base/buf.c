#include <config.h>

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/xmalloc.h"

enum {
	BUF_FIRST = 256,
	BUF_MAX = 256 * 1024 * 1024,	/* larger than any envelope or header */
};

static void
grow(struct buf *b, size_t n)
{
	size_t size = b->size;

	if (n > BUF_MAX || b->len + n >= BUF_MAX)
		fatalx(EX_TEMPFAIL, "more than %d bytes in memory", BUF_MAX);
	if (b->len + n < b->size)
		return;
	if (size == 0)
		size = BUF_FIRST;
	while (size <= b->len + n)
		size *= 2;
	b->data = xreallocarray(b->data, size, 1);
	b->size = size;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	grow(b, n);
	return b->data + b->len;
}

void
buf_grew(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	char *room = buf_reserve(b, len);

	if (len > 0)
		memcpy(room, data, len);
	buf_grew(b, len);
}

void
buf_addc(struct buf *b, char c)
{
	*buf_reserve(b, 1) = c;
	buf_grew(b, 1);
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		fatal(EX_SOFTWARE, "vsnprintf");
	vsnprintf(buf_reserve(b, (size_t)n + 1), (size_t)n + 1, fmt, again);
	va_end(again);
	buf_grew(b, (size_t)n);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = '\0';
}

void
buf_remove(struct buf *b, char c)
{
	const char *first = b->len == 0 ? NULL : memchr(b->data, c, b->len);
	size_t kept;

	if (first == NULL)
		return;
	kept = (size_t)(first - b->data);
	for (size_t i = kept; i < b->len; i++)
		if (b->data[i] != c)
			b->data[kept++] = b->data[i];
	b->len = kept;
	b->data[kept] = '\0';
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buf_free(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->size);
	free(b->data);
	*b = (struct buf){ 0 };
}
