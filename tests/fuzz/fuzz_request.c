#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "spool/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is accepted is what request_encode makes of its parts. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf again = { 0 }, text = { 0 };
	struct request r;

	buf_add(&text, data, len);
	if (request_decode(&r, text.data, text.len) == 0) {
		for (int i = 0; i < r.count; i++)
			assert(r.words[i] != NULL);
		assert(r.words[r.count] == NULL);
		request_encode(r.directory, r.words, &again);
		assert(again.len == text.len);
		assert(memcmp(again.data, text.data, text.len) == 0);
		request_free(&r);
	}
	buf_free(&again);
	buf_free(&text);
	return 0;
}
