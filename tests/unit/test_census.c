#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "spool/census.h"
#include "spool/spool.h"
#include "tests/unit/tempspool.h"

/* In the order in which they are made; the last two are no messages. */
static const char *const names[] = {
	"new/5F5E100000003",
	"new/5F5E100000002",
	"cur/5F5E100000001.1700000000",
	"hold/5F5E100000004",
	"hold/5F5E100000005.1700000000",
	"failed/5F5E100000000",
	"tmp/5F5E0FFFFFFFF",
	"corrupt/nonsense",
	"new/nonsense",
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static void
expect(const struct counted *c, uint64_t messages, uint64_t oldest)
{
	assert_int_equal(c->messages, messages);
	assert_true(c->oldest == oldest);
}

static void
test_empty(void **state)
{
	struct buf text = { 0 };
	struct counted waiting;
	struct census c;

	assert_int_equal(census_take(&c, *(int *)*state), 0);
	waiting = census_waiting(&c);
	expect(&waiting, 0, 0);
	expect(&c.held, 0, 0);
	census_print(&c, &text);
	assert_non_null(strstr(text.data, "{state=\"hold\"} 0\n"));
	assert_null(strstr(text.data, "seconds{"));
	buf_free(&text);
}

static void
test_all(void **state)
{
	static const uint64_t first = 0x5F5E100000000;
	int spool = *(int *)*state;
	struct buf text = { 0 };
	struct counted waiting;
	struct census c;

	for (int i = 0; i < NAMES; i++)
		close(openat(spool, names[i], O_CREAT | O_WRONLY, 0600));
	assert_int_equal(census_take(&c, spool), 0);
	expect(&c.fresh, 2, first + 2);
	expect(&c.deferred, 1, first + 1);
	expect(&c.held, 2, first + 4);
	expect(&c.failed, 1, first);
	expect(&c.corrupt, 1, 0);
	waiting = census_waiting(&c);
	expect(&waiting, 3, first + 1);
	census_print(&c, &text);
	assert_non_null(strstr(text.data,
	    "\nonehop_queue_messages{state=\"new\"} 2\n"));
	assert_non_null(strstr(text.data, "\nonehop_queue_oldest_arrival_"
	    "timestamp_seconds{state=\"failed\"} 1677721600.000000\n"));
	assert_null(strstr(text.data, "seconds{state=\"corrupt\"}"));
	/* Without one that was deferred, the oldest is another. */
	assert_int_equal(unlinkat(spool, names[2], 0), 0);
	assert_int_equal(census_take(&c, spool), 0);
	waiting = census_waiting(&c);
	expect(&waiting, 2, first + 2);
	buf_free(&text);
}

static void
test_unreadable(void **state)
{
	int spool = *(int *)*state;
	struct census c;

	assert_int_equal(renameat(spool, "hold", spool, "away"), 0);
	errno = 0;
	assert_int_equal(census_take(&c, spool), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(renameat(spool, "away", spool, "hold"), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
