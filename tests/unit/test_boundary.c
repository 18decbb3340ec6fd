#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/boundary.h"

/* The multiparts "outer" and, in it, "in" and "in--". */
static const struct {
	const char *line;
	bool ends;
	bool last;
	size_t depth;		/* that is left */
} rows[] = {
	{ "--outer", true, false, 1 },
	{ "--outer--", true, true, 0 },
	{ "--outer \t", true, false, 1 },
	{ "--outer--  ", true, true, 0 },
	{ "--in", true, false, 2 },
	/* Of two readings the inner one counts. */
	{ "--in--", true, false, 3 },
	{ "--in----", true, true, 2 },
	{ "", false, false, 3 },
	{ "-", false, false, 3 },
	{ "--", false, false, 3 },
	{ "  ", false, false, 3 },
	{ "outer", false, false, 3 },
	{ "-outer", false, false, 3 },
	{ "---outer", false, false, 3 },
	{ " --outer", false, false, 3 },
	{ "-- outer", false, false, 3 },
	{ "--oute", false, false, 3 },
	{ "--outerx", false, false, 3 },
	{ "--outer-", false, false, 3 },
	{ "--outer-- x", false, false, 3 },
	{ "--outer --", false, false, 3 },
	{ "--Outer", false, false, 3 },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct boundaries all = { .depth = 0 };
		bool last = false;

		assert_int_equal(boundaries_push(&all, "outer", 5, false), 0);
		assert_int_equal(boundaries_push(&all, "in", 2, false), 0);
		assert_int_equal(boundaries_push(&all, "in--", 4, true), 0);
		if (boundaries_end(&all, rows[i].line, strlen(rows[i].line),
		    &last) != rows[i].ends)
			fail_msg("\"%s\"", rows[i].line);
		if (rows[i].ends)
			assert_int_equal(last, rows[i].last);
		assert_int_equal(all.depth, rows[i].depth);
	}
}

static void
test_limits(void **state)
{
	struct boundaries all = { .depth = 0 };
	char text[BOUNDARY_MAX + 1];
	bool last;

	(void)state;
	assert_false(boundaries_end(&all, "--", 2, &last));
	memset(text, 'x', sizeof(text));
	assert_int_equal(boundaries_push(&all, "", 0, false), -1);
	assert_int_equal(boundaries_push(&all, " \t", 2, false), -1);
	assert_int_equal(boundaries_push(&all, text, sizeof(text), false),
	    -1);
	assert_int_equal(boundaries_push(&all, text, BOUNDARY_MAX, false), 0);
	assert_int_equal(boundaries_push(&all, "a b \t", 5, true), 0);
	assert_true(all.stack[1].digest && !all.stack[0].digest);
	assert_true(boundaries_end(&all, "--a b", 5, &last));
	while (all.depth < BOUNDARY_DEPTH)
		assert_int_equal(boundaries_push(&all, "x", 1, false), 0);
	assert_int_equal(boundaries_push(&all, "x", 1, false), -1);
	assert_true(boundaries_end(&all, "--a b--", 7, &last) && last);
	assert_int_equal(all.depth, 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
