#include <config.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "smtp/base64.h"
#include "smtp/sasl.h"

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

/* A mechanism and challenges to it, or a text in base 64. */
int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	char *text = xstrndup(len > 0 ? (const char *)data : "", len);
	char *rest = text, *word = strsep(&rest, "\n");
	struct sasl s = { .user = "tim", .password = "secret" };
	struct buf out = { 0 }, bytes = { 0 };

	s.mechanism = sasl_mechanism(word, strlen(word));
	assert(sasl_strongest(s.mechanism) == s.mechanism);
	while (s.mechanism != 0 && (word = strsep(&rest, "\n")) != NULL) {
		if (sasl_respond(&s, word, &out) == 0)
			assert(base64_decode(out.data, out.len, &bytes) == 0);
		buf_clear(&out);
	}
	assert(s.step <= 2);
	buf_clear(&bytes);
	if (base64_decode((const char *)data, len, &bytes) == 0 && len > 0) {
		base64_encode(bytes.data, bytes.len, &out);
		assert(out.len == len && memcmp(out.data, data, len) == 0);
	}
	buf_free(&bytes);
	buf_free(&out);
	free(text);
	return 0;
}
