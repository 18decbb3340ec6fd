#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc32.h"

/* The check values that catalogues of CRCs give, and zlib. */
static const struct {
	const char *text;
	uint32_t crc;
} rows[] = {
	{ "", 0 },
	{ "a", 0xe8b7be43 },
	{ "123456789", 0xcbf43926 },
	{ "The quick brown fox jumps over the lazy dog", 0x414fa339 },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(crc32_add(0, rows[i].text,
		    strlen(rows[i].text)), rows[i].crc);
}

/* The definition, bit by bit. */
static uint32_t
slow(const unsigned char *p, size_t len)
{
	uint32_t crc = 0xffffffff;

	while (len-- > 0) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* At every offset, of every length, and cut in two anywhere. */
static void
test_pieces(void **state)
{
	unsigned char bytes[300];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 151 + 7);
	for (size_t start = 0; start < 9; start++) {
		size_t len = sizeof(bytes) - start;
		uint32_t want = slow(bytes + start, len);

		for (size_t cut = 0; cut <= len; cut++) {
			uint32_t crc = crc32_add(0, bytes + start, cut);

			assert_int_equal(crc, slow(bytes + start, cut));
			crc = crc32_add(crc, bytes + start + cut, len - cut);
			assert_int_equal(crc, want);
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
