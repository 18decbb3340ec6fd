#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mail/notification.h"
#include "spool/entry.h"
#include "spool/pending.h"

static const struct {
	struct pending pending;
	const char *name;
} good[] = {
	{ { 0x660DC23BDE2CF, NOTIFICATION_FAILED, 2, 0x660DC23BF774A },
	  "660DC23BDE2CF.failed.2.660DC23BF774A" },
	{ { 1, NOTIFICATION_DELAYED, 1, 0 },
	  "0000000000001.delayed.1.0000000000000" },
	{ { 0xFFFFFFFFFFFFF, NOTIFICATION_RELAYED, UINT32_MAX,
	    0xFFFFFFFFFFFFF },
	  "FFFFFFFFFFFFF.relayed.4294967295.FFFFFFFFFFFFF" },
};

static void
test_good(void **state)
{
	char name[PENDING_NAME_SIZE], prefix[PENDING_PREFIX_SIZE];
	struct pending p;
	struct entry e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		pending_name(&good[i].pending, name);
		assert_string_equal(name, good[i].name);
		pending_prefix(&good[i].pending, prefix);
		assert_int_equal(strlen(prefix), strlen(name) - ENTRY_ID);
		assert_memory_equal(name, prefix, strlen(prefix));
		assert_int_equal(pending_parse(&p, name), 0);
		assert_int_equal(p.original, good[i].pending.original);
		assert_int_equal(p.kind, good[i].pending.kind);
		assert_int_equal(p.end, good[i].pending.end);
		assert_int_equal(p.own, good[i].pending.own);
		/* It cannot be taken for a message. */
		assert_int_equal(entry_parse(&e, name), -1);
	}
}

static void
test_bad(void **state)
{
	static const char *const names[] = {
		"", ".", "...", "relay", "660DC23BDE2CF",
		"660DC23BDE2CF.1795348470",
		"660DC23BDE2CF.failed.2",
		"660DC23BDE2CF.failed.2.",
		"660DC23BDE2CF.failed..660DC23BF774A",
		"660DC23BDE2CF.failed.0.660DC23BF774A",
		"660DC23BDE2CF.failed.02.660DC23BF774A",
		"660DC23BDE2CF.failed.-2.660DC23BF774A",
		"660DC23BDE2CF.failed.4294967296.660DC23BF774A",
		"660DC23BDE2CF.Failed.2.660DC23BF774A",
		"660DC23BDE2CF..2.660DC23BF774A",
		"660DC23BDE2CF.lost.2.660DC23BF774A",
		"660DC23BDE2CF.failed.2.660DC23BF774A.",
		"660DC23BDE2CF.failed.2.660DC23BF774A.1",
		"660DC23BDE2CF.failed.2.660DC23BF774",
		"660DC23BDE2CF.failed.2.660dc23bf774a",
		"660DC23BDE2.failed.2.660DC23BF774A",
		".failed.2.660DC23BF774A",
		("660DC23BDE2CF.failed.2.660DC23BF774A"
		"660DC23BDE2CF.failed.2.660DC23BF774A"),
	};
	struct pending p;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (pending_parse(&p, names[i]) != -1)
			fail_msg("%s", names[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
