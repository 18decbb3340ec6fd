#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

/* RFC 3629: a text, the length of the character it begins with. */
static const struct {
	const char *text;
	size_t length;
	bool printable;
} rows[] = {
	{ "a", 1, true },
	{ " b", 1, true },
	{ "~", 1, true },
	{ "\001", 1, false },
	{ "\t", 1, false },
	{ "\n", 1, false },
	{ "\033[31m", 1, false },
	{ "\037", 1, false },
	{ "\177", 1, false },
	{ "\302\200", 2, false },
	{ "\302\205", 2, false },
	{ "\302\233", 2, false },
	{ "\302\237", 2, false },
	{ "\302\240", 2, true },
	{ "\303\200", 2, true },
	{ "\303\251", 2, true },
	{ "\342\200\247", 3, true },
	{ "\342\200\250", 3, false },
	{ "\342\200\251", 3, false },
	{ "\342\200\252", 3, true },
	{ "\342\202\254", 3, true },
	{ "\360\237\230\200", 4, true },
	{ "\364\217\277\277", 4, true },
	/* None, and neither shown. */
	{ "\200", 0, false },
	{ "\233", 0, false },
	{ "\377", 0, false },
	{ "\303", 0, false },
	{ "\303a", 0, false },
	{ "\342\202", 0, false },
	{ "\300\200", 0, false },
	{ "\301\277", 0, false },
	{ "\340\237\277", 0, false },
	{ "\355\240\200", 0, false },
	{ "\360\217\277\277", 0, false },
	{ "\364\220\200\200", 0, false },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].text);

		assert_int_equal(utf8_length(rows[i].text, len),
		    rows[i].length);
		assert_int_equal(utf8_printable(rows[i].text, len),
		    rows[i].printable ? rows[i].length : 0);
	}
}

static void
test_ascii(void **state)
{
	(void)state;
	assert_true(utf8_is_ascii(""));
	assert_true(utf8_is_ascii("a\177\001"));
	assert_false(utf8_is_ascii("a\200"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
