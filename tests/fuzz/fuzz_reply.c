#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "smtp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The input is lines, of which the reply takes as many as it wants. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum reply_state state = REPLY_INCOMPLETE;
	const char *p = (const char *)data, *end = p + len, *lf;
	static struct reply r;
	size_t nlines = 0;

	reply_init(&r);
	while (state == REPLY_INCOMPLETE && p < end) {
		lf = memchr(p, '\n', (size_t)(end - p));
		lf = lf != NULL ? lf : end;
		state = reply_add(&r, p, (size_t)(lf - p));
		assert(r.len < sizeof(r.text));
		assert(r.len == strlen(r.text));
		if (state != REPLY_MALFORMED)
			assert(r.nlines == ++nlines && nlines <= REPLY_LINES);
		p = lf + 1;
	}
	if (r.nlines > 0)
		assert(r.code >= 200 && r.code <= 599);
	reply_join(&r);
	assert(strlen(r.text) == r.len && strchr(r.text, '\n') == NULL);
	return 0;
}
