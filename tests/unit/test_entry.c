#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "spool/entry.h"

#define ARRIVAL_MAX ((UINT64_C(1) << 52) - 1)

/* Names, and what they stand for: each is written as it is read. */
static const struct {
	const char *name;
	uint64_t arrival;
	int64_t next;
} names[] = {
	{ "0000000000000", 0, -1 },
	{ "0000000000001", 1, -1 },
	{ "5F5E1000ABCDE", 0x5f5e1000abcde, -1 },
	{ "FFFFFFFFFFFFF", ARRIVAL_MAX, -1 },
	{ "5F5E1000ABCDE.0", 0x5f5e1000abcde, 0 },
	{ "5F5E1000ABCDE.1700000000", 0x5f5e1000abcde, 1700000000 },
	{ "FFFFFFFFFFFFF.9223372036854775807", ARRIVAL_MAX, INT64_MAX },
};

static const char *const malformed[] = {
	"",
	".",
	"..",
	"relay",
	"5F5E1000ABCD",
	"5F5E1000ABCDEF",
	"5f5e1000abcde",
	"5F5E1000ABCDG",
	" 5F5E1000ABCD",
	"-5F5E1000ABCD",
	"0X5F5E1000ABC",
	"5F5E1000ABCDE ",
	"5F5E1000ABCDE\n",
	"5F5E1000ABCDE.",
	"5F5E1000ABCDE,1",
	"5F5E1000ABCDE.-1",
	"5F5E1000ABCDE.+1",
	"5F5E1000ABCDE.01",
	"5F5E1000ABCDE.00",
	"5F5E1000ABCDE. 1",
	"5F5E1000ABCDE.1 ",
	"5F5E1000ABCDE.A",
	"5F5E1000ABCDE.1.2",
	"5F5E1000ABCDE.9223372036854775808",
	"5F5E1000ABCDE/../x",
	"5F5E1000ABCDE.1/2",
};

static void
test_names(void **state)
{
	char name[ENTRY_NAME_SIZE], id[ENTRY_ID_SIZE];
	struct entry e;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(entry_parse(&e, names[i].name), 0);
		assert_true(e.arrival == names[i].arrival);
		assert_true(e.next == names[i].next);
		entry_name(&e, name);
		assert_string_equal(name, names[i].name);
		entry_id(&e, id);
		assert_int_equal(strlen(id), ENTRY_ID);
		assert_memory_equal(id, names[i].name, ENTRY_ID);
	}
}

static void
test_malformed(void **state)
{
	struct entry e;

	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		if (entry_parse(&e, malformed[i]) != -1)
			fail_msg("\"%s\"", malformed[i]);
}

/* IDs sort by arrival. */
static void
test_order(void **state)
{
	char before[ENTRY_ID_SIZE], after[ENTRY_ID_SIZE];

	(void)state;
	for (uint64_t arrival = 1; arrival < ARRIVAL_MAX / 7;
	    arrival = arrival * 7 + 3) {
		entry_id(&(struct entry){ .arrival = arrival }, before);
		entry_id(&(struct entry){ .arrival = arrival + 1 }, after);
		assert_true(strcmp(before, after) < 0);
		entry_id(&(struct entry){ .arrival = arrival * 7 }, after);
		assert_true(strcmp(before, after) < 0);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
