#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/survey.h"
#include "tests/unit/expand.h"

static const struct {
	const char *text;
	const char *charset;
	bool overlong;
} rows[] = {
	{ "", "us-ascii", false },
	{ "a\n\nb\n", "us-ascii", false },
	{ "{x*998}\n{x*998}\n", "us-ascii", false },
	{ "a\n{x*999}\nb\n", "us-ascii", true },
	{ "{x*3000}\n", "us-ascii", true },
	{ "{x*499}\303\251{x*497}\n", "utf-8", false },
	{ "{x*499}\303\251{x*498}\n", "utf-8", true },
	{ "\303\251", "utf-8", false },
	{ "a\302\200b\340\240\200c\360\220\200\200d\n", "utf-8", false },
	{ "\303\251\360\237\230\200\342\202\254\n", "utf-8", false },
	/* What is not UTF-8: Latin-1, cut off, too long, a surrogate. */
	{ "a\351b\n", "unknown-8bit", false },
	{ "a\303", "unknown-8bit", false },
	{ "a\342\202", "unknown-8bit", false },
	{ "a\360\237\230", "unknown-8bit", false },
	{ "a\303\n", "unknown-8bit", false },
	{ "a\377\303\251\n", "unknown-8bit", false },
	{ "a\200\n", "unknown-8bit", false },
	{ "a\300\200\n", "unknown-8bit", false },
	{ "a\355\240\200\n", "unknown-8bit", false },
	{ "a\364\220\200\200\n", "unknown-8bit", false },
	{ "\351\n{x*999}\n\303\251\n", "unknown-8bit", true },
};

static void
check(size_t row, const struct survey *s)
{
	const char *charset = survey_charset(s);

	if (strcmp(charset, rows[row].charset) != 0 ||
	    s->overlong != rows[row].overlong)
		fail_msg("row %zu: %s", row, charset);
	assert_int_equal(s->eightbit, strcmp(charset, "us-ascii") != 0);
	assert_int_equal(survey_is_utf8(s),
	    strcmp(charset, "unknown-8bit") != 0);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf text = { 0 };
		struct survey bytes = { 0 };

		expand(&text, rows[i].text);
		for (size_t at = 0; at <= text.len; at++) {
			struct survey s = { 0 };

			survey_add(&s, text.data, at);
			survey_add(&s, text.data + at, text.len - at);
			check(i, &s);
		}
		for (size_t at = 0; at < text.len; at++)
			survey_add(&bytes, text.data + at, 1);
		check(i, &bytes);
		buf_free(&text);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
