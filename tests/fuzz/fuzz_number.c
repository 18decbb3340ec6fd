#include <config.h>

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/xmalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A byte of choices and a text: what is accepted, strtoull reads alike. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint64_t limits[] = { 0, 9, 255, INT64_MAX, UINT64_MAX };
	const char *text = (const char *)data + 1;
	uint64_t max, value;
	unsigned base;
	char *copy, *end;

	if (len-- < 1)
		return 0;
	base = data[0] & 1 ? 16 : 10;
	max = limits[(data[0] >> 1) % 5];
	if (number_parse(text, len, base, max, &value) == 0) {
		assert(value <= max);
		copy = xstrndup(text, len);
		assert(len > 0 && strlen(copy) == len);
		assert(strspn(copy, base == 16 ? "0123456789ABCDEF" :
		    "0123456789") == len);
		assert(strtoull(copy, &end, (int)base) == value);
		assert(*end == '\0');
		/* And at its own limit, but no lower. */
		assert(number_parse(copy, len, base, value, &max) == 0);
		assert(value == 0 ||
		    number_parse(copy, len, base, value - 1, &max) == -1);
		free(copy);
	}
	return 0;
}
