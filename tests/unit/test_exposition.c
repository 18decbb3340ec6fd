#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/exposition.h"
#include "base/histogram.h"

static void
expect(struct buf *out, const char *text)
{
	assert_string_equal(out->data, text);
	buf_free(out);
}

static void
test_values(void **state)
{
	struct buf out = { 0 };

	(void)state;
	exposition_family(&out, "a_total", "counter", "How many.");
	exposition_integer(&out, "a_total", NULL, NULL, UINT64_MAX);
	exposition_integer(&out, "a_total", "by", "x", 0);
	exposition_seconds(&out, "b_seconds", NULL, NULL, 1795360192.904127);
	exposition_seconds(&out, "b_seconds", "by", "", 0.0000004);
	expect(&out, "# HELP a_total How many.\n"
	    "# TYPE a_total counter\n"
	    "a_total 18446744073709551615\n"
	    "a_total{by=\"x\"} 0\n"
	    "b_seconds 1795360192.904127\n"
	    "b_seconds{by=\"\"} 0.000000\n");
}

/* In quotes a quotation mark is escaped, too. */
static const struct {
	const char *text;
	const char *help;
	const char *value;
} rows[] = {
	{ "", "", "" },
	{ "a b", "a b", "a b" },
	{ "\"", "\"", "\\\"" },
	{ "\\", "\\\\", "\\\\" },
	{ "\n", "\\n", "\\n" },
	{ "a\\n\"\nb", "a\\\\n\"\\nb", "a\\\\n\\\"\\nb" },
	{ "\303\244{}=,\t'", "\303\244{}=,\t'", "\303\244{}=,\t'" },
};

static void
test_escapes(void **state)
{
	struct buf out = { 0 }, right = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		exposition_family(&out, "n", "gauge", rows[i].text);
		exposition_integer(&out, "n", "l", rows[i].text, 1);
		buf_printf(&right, "# HELP n %s\n# TYPE n gauge\n"
		    "n{l=\"%s\"} 1\n", rows[i].help, rows[i].value);
		expect(&out, right.data);
		buf_free(&right);
	}
}

static void
test_histogram(void **state)
{
	static const double bounds[] = { 0.005, 1, 86400, 1e7 };
	struct buf out = { 0 };
	struct histogram h;

	(void)state;
	histogram_init(&h, bounds, 4);
	histogram_add(&h, 0.001);
	histogram_add(&h, 0.5);
	histogram_add(&h, 0.25);
	histogram_add(&h, 2e7);
	exposition_histogram(&out, "h", "Long.", &h);
	expect(&out, "# HELP h Long.\n# TYPE h histogram\n"
	    "h_bucket{le=\"0.005\"} 1\n"
	    "h_bucket{le=\"1\"} 3\n"
	    "h_bucket{le=\"86400\"} 3\n"
	    "h_bucket{le=\"1e+07\"} 3\n"
	    "h_bucket{le=\"+Inf\"} 4\n"
	    "h_sum 20000000.751000\n"
	    "h_count 4\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_histogram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
