#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mail/finding.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is accepted is written as one line that says the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = xstrndup(len > 0 ? (const char *)data : "", len);
	struct buf one = { 0 }, two = { 0 };
	struct finding f;

	if (finding_decode(&f, text) == 0) {
		finding_encode(&f, &one);
		assert(strchr(one.data, '\n') == one.data + one.len - 1);
		one.data[one.len - 1] = '\0';
		assert(finding_decode(&f, one.data) == 0);
		finding_encode(&f, &two);
		assert(one.len == two.len);
	}
	buf_free(&one);
	buf_free(&two);
	free(text);
	return 0;
}
