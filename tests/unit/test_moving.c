#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/listing.h"
#include "ctl/moving.h"
#include "spool/spool.h"
#include "tests/unit/tempspool.h"

#define ID "5F5E100000001"

static const struct listed listed = {
	.arrival = 0x5F5E100000001, .next = -1, .state = SPOOL_NEW,
};

/* What move was called for. */
struct calls {
	int n;
	int state;		/* the last time */
	int64_t next;
	int from;		/* it is there, else it has moved */
};

static int
move(void *arg, int spool, const struct listed *now)
{
	struct calls *calls = arg;

	(void)spool;
	calls->n++;
	calls->state = now->state;
	calls->next = now->next;
	if (now->state == calls->from)
		return 0;
	errno = ENOENT;
	return -1;
}

static void
make(int spool, const char *name)
{
	int fd = openat(spool, name, O_CREAT | O_WRONLY, 0600);

	assert_int_not_equal(fd, -1);
	close(fd);
}

static void
test_where_it_was(void **state)
{
	struct calls calls = { .from = SPOOL_NEW };

	assert_int_equal(moving_try(*(int *)*state, &listed, move, &calls), 0);
	assert_int_equal(calls.n, 1);
}

static void
test_moved_on(void **state)
{
	struct calls calls = { .from = SPOOL_HOLD };
	int spool = *(int *)*state;

	make(spool, "hold/" ID ".1700000000");
	assert_int_equal(moving_try(spool, &listed, move, &calls), 0);
	assert_int_equal(calls.n, 2);
	assert_int_equal(calls.state, SPOOL_HOLD);
	assert_int_equal(calls.next, 1700000000);
	assert_int_equal(unlinkat(spool, "hold/" ID ".1700000000", 0), 0);
}

/* Nothing is done to what is nowhere, or nobody knows where. */
static void
test_gone(void **state)
{
	struct calls calls = { .from = SPOOL_FAILED };

	errno = 0;
	assert_int_equal(moving_try(*(int *)*state, &listed, move, &calls),
	    -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(calls.n, 1);
}

static void
test_unreadable(void **state)
{
	struct calls calls = { .from = SPOOL_CUR };
	int spool = *(int *)*state, file = openat(spool, "file",
	    O_CREAT | O_WRONLY, 0600);

	assert_int_not_equal(file, -1);
	errno = 0;
	assert_int_equal(moving_try(file, &listed, move, &calls), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(calls.n, 1);
	close(file);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_it_was),
		cmocka_unit_test(test_moved_on),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
