#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/number.h"

enum { UNTOUCHED = 4711 };

static const struct {
	const char *text;
	unsigned base;
	uint64_t max;
	int result;
	uint64_t value;
} rows[] = {
	{ "0", 10, 0, 0, 0 },
	{ "1", 10, 0, -1, 0 },
	{ "000", 10, 0, 0, 0 },
	{ "9", 10, 9, 0, 9 },
	{ "9", 10, 8, -1, 0 },
	{ "10", 10, 9, -1, 0 },
	{ "255", 10, 255, 0, 255 },
	{ "256", 10, 255, -1, 0 },
	{ "0000000000000000000000000255", 10, 255, 0, 255 },
	{ "18446744073709551615", 10, UINT64_MAX, 0, UINT64_MAX },
	{ "18446744073709551616", 10, UINT64_MAX, -1, 0 },
	{ "99999999999999999999999999", 10, UINT64_MAX, -1, 0 },
	{ "9223372036854775807", 10, INT64_MAX, 0, INT64_MAX },
	{ "9223372036854775808", 10, INT64_MAX, -1, 0 },
	{ "DEADBEEF", 16, UINT32_MAX, 0, 0xdeadbeef },
	{ "FFFFFFFFFFFFFFFF", 16, UINT64_MAX, 0, UINT64_MAX },
	{ "10000000000000000", 16, UINT64_MAX, -1, 0 },
	{ "A", 16, 9, -1, 0 },
	{ "A", 10, UINT64_MAX, -1, 0 },
	{ "a", 16, UINT64_MAX, -1, 0 },
	{ "G", 16, UINT64_MAX, -1, 0 },
	{ "0x1", 16, UINT64_MAX, -1, 0 },
	{ "", 10, UINT64_MAX, -1, 0 },
	{ "-1", 10, UINT64_MAX, -1, 0 },
	{ "+1", 10, UINT64_MAX, -1, 0 },
	{ " 1", 10, UINT64_MAX, -1, 0 },
	{ "1 ", 10, UINT64_MAX, -1, 0 },
	{ "1\n", 10, UINT64_MAX, -1, 0 },
	{ "1.0", 10, UINT64_MAX, -1, 0 },
	{ "/", 10, UINT64_MAX, -1, 0 },
	{ ":", 10, UINT64_MAX, -1, 0 },
	{ "@", 16, UINT64_MAX, -1, 0 },
	{ "\331\261", 10, UINT64_MAX, -1, 0 },	/* an Arabic digit */
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = UNTOUCHED;
		int result = number_parse(rows[i].text, strlen(rows[i].text),
		    rows[i].base, rows[i].max, &value);

		if (result != rows[i].result)
			fail_msg("\"%s\": %d", rows[i].text, result);
		assert_int_equal(value,
		    result == 0 ? rows[i].value : UNTOUCHED);
	}
}

/* The length counts, and a NUL is no digit. */
static void
test_length(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(number_parse("123", 2, 10, 99, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(number_parse("1\0002", 3, 10, 999, &value), -1);
	assert_int_equal(number_parse("1", 0, 10, 99, &value), -1);
}

/* Each byte alone, in both bases. */
static void
test_bytes(void **state)
{
	static const char digits[] = "0123456789ABCDEF";
	uint64_t value;

	(void)state;
	for (int c = 1; c < 256; c++) {
		const char text[] = { (char)c }, *digit = strchr(digits, c);
		int want = digit != NULL ? 0 : -1;

		assert_int_equal(number_parse(text, 1, 16, 15, &value), want);
		if (digit != NULL)
			assert_int_equal(value, digit - digits);
		if (digit != NULL && digit >= digits + 10)
			want = -1;
		assert_int_equal(number_parse(text, 1, 10, 15, &value), want);
	}
}

static void
test_words(void **state)
{
	char text[] = "1 22 x  4", *rest = text;
	uint64_t value;

	(void)state;
	assert_int_equal(number_word(&rest, 9, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(number_word(&rest, 22, &value), 0);
	assert_int_equal(value, 22);
	assert_int_equal(number_word(&rest, 9, &value), -1);
	/* Two blanks have an empty word between them. */
	assert_int_equal(number_word(&rest, 9, &value), -1);
	assert_int_equal(number_word(&rest, 9, &value), 0);
	assert_int_equal(value, 4);
	assert_null(rest);
	assert_int_equal(number_word(&rest, 9, &value), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
