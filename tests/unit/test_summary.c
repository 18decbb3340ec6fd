#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "flush/summary.h"

static const struct {
	struct summary summary;
	const char *text;
} rows[] = {
	{ { 0 }, "no message waits" },
	{ { .waiting = 1 }, "1 message waits" },
	{ { .waiting = 100000 }, "100000 messages wait" },
	{ { .waiting = 12, .trouble = "it is away" },
	    "12 messages wait; cannot send: it is away; see mailq" },
	{ { .waiting = 2, .rate = "30/1m" },
	    "2 messages wait; rate 30/1m is used up" },
	/* What is worse is enough. */
	{ { .waiting = 2, .rate = "30/1m", .trouble = "down" },
	    "2 messages wait; cannot send: down; see mailq" },
	{ { .mistaken = true }, "no message waits; onehop.conf has mistakes "
	    "and was not read again" },
	{ { .stopping = true, .waiting = 3 },
	    "stopping; 3 messages wait" },
};

static void
test_summary(void **state)
{
	struct buf text = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		summary_write(&rows[i].summary, &text);
		assert_string_equal(text.data, rows[i].text);
		buf_clear(&text);
	}
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
