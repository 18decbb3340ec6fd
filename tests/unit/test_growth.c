#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flush/growth.h"

enum { MINUTE = 60 * 1000 };

static void
do_jobs(struct growth *g, int n)
{
	while (n-- > 0)
		growth_done(g);
}

static void
test_first(void **state)
{
	struct growth g = { 0 };

	(void)state;
	assert_int_equal(growth_worth(&g, 5, 0), 1);
	/* It has not begun yet. */
	assert_true(growth_worth(&g, 5, 1) == SIZE_MAX);
	growth_idle(&g, 5);
	assert_true(growth_worth(&g, 5, 1) == SIZE_MAX);
}

/*
 * Connecting took 300 ms.  Nothing is said before the first session had as
 * long to show what it does; then what it does in twice the time is the bar.
 */
static void
test_worth(void **state)
{
	struct growth g = { 0 };

	(void)state;
	growth_connected(&g, 1000, 300);
	do_jobs(&g, 60);
	assert_true(growth_worth(&g, 1299, 1) == SIZE_MAX);
	assert_int_equal(growth_worth(&g, 1300, 1), 480);
	assert_int_equal(growth_worth(&g, 1600, 1), 240);
	/* However slow it is, a few are not worth it. */
	assert_int_equal(growth_worth(&g, 1000000, 1), 10);
}

/* The next one begins the count anew, and has to make it faster. */
static void
test_helps(void **state)
{
	struct growth g = { 0 };

	(void)state;
	growth_connected(&g, 1000, 300);
	do_jobs(&g, 60);
	growth_connected(&g, 1600, 300);
	assert_true(growth_worth(&g, 1600, 2) == SIZE_MAX);
	do_jobs(&g, 37);
	assert_true(growth_worth(&g, 1900, 2) == SIZE_MAX);
	do_jobs(&g, 1);
	assert_int_equal(growth_worth(&g, 1900, 2), 304);
	growth_idle(&g, 2000);
	do_jobs(&g, 3);
	assert_int_equal(growth_worth(&g, 2300, 2), 24);
}

/* An idle hour is not slow work. */
static void
test_idle(void **state)
{
	struct growth g = { 0 };

	(void)state;
	growth_connected(&g, 0, 100);
	growth_idle(&g, 60 * MINUTE);
	do_jobs(&g, 50);
	assert_true(growth_worth(&g, 60 * MINUTE + 99, 1) == SIZE_MAX);
	assert_int_equal(growth_worth(&g, 60 * MINUTE + 100, 1), 400);
}

/* What is measured in a moment is measured for 50 ms. */
static void
test_at_once(void **state)
{
	struct growth g = { 0 };

	(void)state;
	growth_connected(&g, 7, 0);
	do_jobs(&g, 100);
	assert_true(growth_worth(&g, 56, 1) == SIZE_MAX);
	assert_int_equal(growth_worth(&g, 57, 1), 800);
}

static void
test_shrink(void **state)
{
	struct growth g = { 0 };

	(void)state;
	growth_connected(&g, -100, 1);
	growth_shrink(&g, 10, 4);
	assert_true(growth_worth(&g, 11, 3) == SIZE_MAX);
	assert_int_equal(growth_worth(&g, 11, 2), 10);
	growth_shrink(&g, 20, 2);
	assert_true(growth_worth(&g, 21, 1) == SIZE_MAX);
	/* There is always one, and the limit ends. */
	growth_shrink(&g, 30, 1);
	assert_int_equal(growth_worth(&g, 31, 0), 1);
	assert_true(growth_worth(&g, 30 + 5 * MINUTE - 1, 1) == SIZE_MAX);
	assert_int_equal(growth_worth(&g, 30 + 5 * MINUTE, 1), 10);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_worth),
		cmocka_unit_test(test_helps),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_shrink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
