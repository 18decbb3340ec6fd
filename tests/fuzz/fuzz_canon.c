#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/canon.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t
run(const char *in, size_t len, size_t piece, bool dots, struct buf *out)
{
	struct canon c;
	size_t used = 0;

	canon_init(&c, dots);
	while (used < len && !c.ended)
		used += canon_add(&c, in + used,
		    len - used < piece ? len - used : piece, out);
	canon_finish(&c, out);
	buf_remove(out, '\0');
	buf_adds(out, "");
	return used;
}

/*
 * The output is lines that end in CRLF; it is its own canonical form, and
 * the same however the input, after two bytes of choices, is cut.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf whole = { 0 }, pieces = { 0 }, again = { 0 };
	const char *in = (const char *)data + 2;
	size_t used;

	if (len < 2)
		return 0;
	used = run(in, len - 2, len, data[0] & 1, &whole);
	assert(run(in, len - 2, data[1] + 1U, data[0] & 1, &pieces) == used);
	assert(whole.len == pieces.len);
	assert(memcmp(whole.data, pieces.data, whole.len) == 0);
	assert(strlen(whole.data) == whole.len);
	for (const char *p = whole.data; (p = strpbrk(p, "\r\n")); p += 2)
		assert(p[0] == '\r' && p[1] == '\n');
	assert(whole.len == 0 || whole.data[whole.len - 1] == '\n');
	assert(run(whole.data, whole.len, 7, false, &again) == whole.len);
	assert(strcmp(again.data, whole.data) == 0);
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&again);
	return 0;
}
