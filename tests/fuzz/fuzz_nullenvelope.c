#include <config.h>

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/import/nullenvelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What was taken, with its line ends, is what stands before the message. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf text = { 0 };
	struct nullenvelope e;

	buf_add(&text, data, len);
	if (nullenvelope_parse(&e, text.data, text.len) == NULL) {
		size_t total = strlen(e.sender) + 2;

		assert(e.nrecipients > 0 &&
		    e.recipients[e.nrecipients] == NULL);
		assert(e.length <= len && data[e.length - 1] == '\n');
		for (size_t i = 0; i < e.nrecipients; i++) {
			assert(*e.recipients[i] != '\0');
			total += strlen(e.recipients[i]) + 1;
		}
		assert(total <= e.length);
	}
	nullenvelope_free(&e);
	buf_free(&text);
	return 0;
}
