#include <config.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "spool/location.h"
#include "spool/spool.h"
#include "tests/unit/tempspool.h"

static const struct {
	const char *path;
	uint64_t arrival;
	int64_t next;
	int state;		/* SPOOL_STATES: is not found */
} files[] = {
	{ "new/0000000000001", 1, -1, SPOOL_NEW },
	{ "cur/0000000000002.1700000000", 2, 1700000000, SPOOL_CUR },
	{ "hold/0000000000003", 3, -1, SPOOL_HOLD },
	{ "hold/0000000000004.17", 4, 17, SPOOL_HOLD },
	{ "failed/0000000000005", 5, -1, SPOOL_FAILED },
	{ "tmp/0000000000006", 6, -1, SPOOL_STATES },
	{ "corrupt/0000000000007", 7, -1, SPOOL_STATES },
	{ "new/0000000000008x", 8, -1, SPOOL_STATES },
};
enum { FILES = sizeof(files) / sizeof(files[0]) };

static void
test_find(void **state)
{
	int spool = *(int *)*state;

	for (size_t i = 0; i < FILES; i++)
		close(openat(spool, files[i].path, O_WRONLY | O_CREAT, 0600));
	for (size_t i = 0; i < FILES; i++) {
		struct location p = { .arrival = files[i].arrival };

		assert_int_equal(location_find(&p, spool),
		    files[i].state != SPOOL_STATES);
		if (files[i].state == SPOOL_STATES)
			continue;
		assert_int_equal(p.state, files[i].state);
		assert_true(p.next == files[i].next);
	}
}

static void
test_unreadable(void **state)
{
	int spool = *(int *)*state;
	struct location p = { .arrival = 9 };

	assert_int_equal(renameat(spool, "cur", spool, "away"), 0);
	assert_int_equal(location_find(&p, spool), -1);
	assert_int_equal(renameat(spool, "away", spool, "cur"), 0);
	assert_int_equal(location_find(&p, spool), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
