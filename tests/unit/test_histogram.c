#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/histogram.h"

static const double bounds[] = { 0.5, 1, 2.5 };

/* A value, and where it is counted. */
static const struct {
	double value;
	size_t at;
	double sum;		/* what it adds */
} rows[] = {
	{ 0, 0, 0 },
	{ 0.25, 0, 0.25 },
	{ 0.5, 0, 0.5 },
	{ 0.75, 1, 0.75 },
	{ 1, 1, 1 },
	{ 2.5, 2, 2.5 },
	{ 2.75, 3, 2.75 },
	{ 1e9, 3, 1e9 },
	{ -1, 0, 0 },
	{ -1e300, 0, 0 },
};

static void
test_rows(void **state)
{
	struct histogram h;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		histogram_init(&h, bounds, 3);
		histogram_add(&h, rows[i].value);
		for (size_t j = 0; j <= HISTOGRAM_BOUNDS; j++)
			if (h.counts[j] != (j == rows[i].at))
				fail_msg("%g", rows[i].value);
		assert_true(h.sum <= rows[i].sum && h.sum >= rows[i].sum);
	}
}

static void
test_sum(void **state)
{
	struct histogram h;

	(void)state;
	histogram_init(&h, bounds, 3);
	for (int i = 0; i < 1000; i++) {
		histogram_add(&h, 0.25);
		histogram_add(&h, 4);
	}
	assert_int_equal(h.counts[0], 1000);
	assert_int_equal(h.counts[3], 1000);
	assert_int_equal(h.sum, 4250);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
