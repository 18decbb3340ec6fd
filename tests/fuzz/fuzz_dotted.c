#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/dotted.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Where the line at p ends; NULL when it does not. */
static const char *
line_end(const char *p, const char *end, bool lf)
{
	for (const char *q = p; q < end; q++)
		if (*q == '\n' && (lf || (q > p && q[-1] == '\r')))
			return q + 1;
	return NULL;
}

static bool
is_dot(const char *p, const char *end, bool lf)
{
	return *p == '.' && (end - p == 3 || (end - p == 2 && lf));
}

/* The same the slow way: line by line.  The bytes used, or 0: no end yet. */
static size_t
expect(const char *data, size_t len, bool lf, struct buf *out)
{
	const char *p = data, *end = data + len, *next;

	for (; (next = line_end(p, end, lf)) != NULL; p = next) {
		if (is_dot(p, next, lf) && (next - p == 2 || p[1] == '\r'))
			return (size_t)(next - data);
		p += *p == '.';
		buf_add(out, p, (size_t)(next - p));
	}
	return 0;
}

/* The first byte says how lines end and how the rest is cut in two. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf out = { 0 }, want = { 0 };
	const char *text = (const char *)data + 1;
	size_t used, cut, end;
	struct dotted d;

	if (len == 0)
		return 0;
	len--;
	cut = len == 0 ? 0 : (size_t)(*data >> 1) % len;
	dotted_init(&d, *data & 1);
	used = dotted_add(&d, text, cut, &out);
	if (!d.ended)
		used += dotted_add(&d, text + used, len - used, &out);
	end = expect(text, len, *data & 1, &want);
	assert(d.ended == (end > 0));
	assert(used == (d.ended ? end : len));
	assert(out.len >= want.len && out.len <= len);
	assert(want.len == 0 || memcmp(out.data, want.data, want.len) == 0);
	if (d.ended)
		assert(out.len == want.len);
	buf_free(&out);
	buf_free(&want);
	return 0;
}
