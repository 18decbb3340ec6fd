#include <config.h>

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

#include "ctl/listing.h"
#include "spool/entry.h"
#include "spool/spool.h"
#include "tests/unit/tempspool.h"

/* What is in the spool, not in order; what is no message has no state. */
static const struct {
	const char *path;
	int state;
	uint64_t arrival;
	int64_t next;
} files[] = {
	{ "new/0000000000005", SPOOL_NEW, 5, -1 },
	{ "cur/0000000000003.1700000000", SPOOL_CUR, 3, 1700000000 },
	{ "hold/0000000000004", SPOOL_HOLD, 4, -1 },
	{ "new/FFFFFFFFFFFFF", SPOOL_NEW, 0xfffffffffffff, -1 },
	{ "new/000000000000A", SPOOL_NEW, 10, -1 },
	{ "cur/0000000000001.0", SPOOL_CUR, 1, 0 },
	{ "failed/0000000000002", SPOOL_FAILED, 2, -1 },
	{ "tmp/0000000000006", -1, 0, 0 },
	{ "corrupt/0000000000007", -1, 0, 0 },
	{ "new/000000000000b", -1, 0, 0 },
	{ "new/README", -1, 0, 0 },
	{ "cur/0000000000008.x", -1, 0, 0 },
	{ "new/.hidden", -1, 0, 0 },
};
enum {
	FILES = sizeof(files) / sizeof(files[0]),
	MESSAGES = 7,
};

static void
put_files(int spool)
{
	for (size_t i = 0; i < FILES; i++)
		close(openat(spool, files[i].path, O_WRONLY | O_CREAT, 0600));
}

/* All of them are there, in order, and each in its state. */
static void
check(const struct listing *l, size_t len)
{
	assert_int_equal(l->len, len);
	for (size_t i = 0; i < len; i++) {
		const struct listed *item = &l->items[i];
		struct entry entry = listed_entry(item);
		size_t n = 0;

		if (i > 0)
			assert_true(item[-1].arrival < item->arrival);
		while (n < MESSAGES && files[n].arrival != item->arrival)
			n++;
		assert_int_not_equal(n, MESSAGES);
		assert_int_equal(item->state, files[n].state);
		assert_true(item->next == files[n].next);
		assert_true(entry.arrival == item->arrival);
		assert_true(entry.next == item->next);
		assert_non_null(listed_state(item));
	}
}

static void
test_read(void **state)
{
	int spool = *(int *)*state;
	struct listing l = { 0 };

	listing_read(&l, spool, LISTING_QUEUE);
	check(&l, 0);
	assert_null(listing_find(&l, "0000000000005"));
	listing_free(&l);
	put_files(spool);
	listing_read(&l, spool, LISTING_QUEUE);
	check(&l, MESSAGES - 1);
	assert_null(listing_find(&l, "0000000000002"));
	listing_free(&l);
	listing_read(&l, spool, LISTING_ALL);
	check(&l, MESSAGES);
	listing_free(&l);
}

static void
test_find(void **state)
{
	static const char *const none[] = {
		"", "5", "0000000000006", "0000000000007", "000000000000b",
		"000000000000a", "0000000000003.1700000000", "fffffffffffff",
		"README", "ALL",
	};
	struct listing l = { 0 };
	char id[ENTRY_ID_SIZE];

	listing_read(&l, *(int *)*state, LISTING_ALL);
	for (size_t i = 0; i < MESSAGES; i++) {
		entry_id(&(struct entry){ .arrival = files[i].arrival }, id);
		assert_non_null(listing_find(&l, id));
		assert_true(listing_find(&l, id)->arrival ==
		    files[i].arrival);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(listing_find(&l, none[i]));
	listing_free(&l);
}

/* More than there is room for at first. */
static void
test_many(void **state)
{
	struct listing l = { 0 };
	int spool = *(int *)*state;
	char path[32];

	for (unsigned i = 100; i < 1100; i++) {
		snprintf(path, sizeof(path), "%s/%013X",
		    i % 2 == 0 ? "hold" : "new", (i * 7919) % 1009 + 100);
		close(openat(spool, path, O_WRONLY | O_CREAT, 0600));
	}
	listing_read(&l, spool, LISTING_ALL);
	assert_int_equal(l.len, MESSAGES + 1000);
	for (size_t i = 1; i < l.len; i++)
		assert_true(l.items[i - 1].arrival < l.items[i].arrival);
	listing_free(&l);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
