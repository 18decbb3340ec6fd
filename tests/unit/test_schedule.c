#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flush/schedule.h"

enum {
	NOW = 1700000000,
	MIN = 5 * 60,
	MAX = 4 * 60 * 60,
};

static const struct {
	int64_t age;
	int64_t min, max;
	bool possible_duplicate;
	int64_t wait;
} rows[] = {
	{ 0, MIN, MAX, false, MIN },
	{ 1, MIN, MAX, false, MIN },
	{ MIN, MIN, MAX, false, MIN },
	{ MIN + 1, MIN, MAX, false, MIN + 1 },
	{ 2 * MIN, MIN, MAX, false, 2 * MIN },
	{ MAX - 1, MIN, MAX, false, MAX - 1 },
	{ MAX, MIN, MAX, false, MAX },
	{ MAX + 1, MIN, MAX, false, MAX },
	{ NOW, MIN, MAX, false, MAX },
	/* The clock was set back. */
	{ -1, MIN, MAX, false, MIN },
	{ -NOW, MIN, MAX, false, MIN },
	{ 100, 1, 1, false, 1 },
	{ 0, 60, 60, false, 60 },
	/* The reply was lost: not before ten minutes, whatever max says. */
	{ 0, MIN, MAX, true, 600 },
	{ 599, MIN, MAX, true, 600 },
	{ 601, MIN, MAX, true, 601 },
	{ MAX + 1, MIN, MAX, true, MAX },
	{ 0, 1, 1, true, 600 },
	{ 0, 3600, MAX, true, 3600 },
};

static void
test_next(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t next = schedule_next(NOW - rows[i].age, NOW,
		    rows[i].min, rows[i].max, rows[i].possible_duplicate);

		if (next != NOW + rows[i].wait)
			fail_msg("row %zu: %lld", i, (long long)(next - NOW));
	}
}

/* One attempt after the other, each when it is due. */
static void
test_doubling(void **state)
{
	static const int64_t waits[] = {
		300, 300, 600, 1200, 2400, 4800, 9600, 14400, 14400,
	};
	int64_t now = NOW;

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		int64_t next = schedule_next(NOW, now, MIN, MAX, false);

		assert_int_equal(next - now, waits[i]);
		now = next;
	}
}

static void
test_breaker_doubling(void **state)
{
	static const int64_t waits[] = {
		15, 30, 60, 120, 240, 480, 600, 600, 600,
	};
	struct breaker b = { 0 };
	int64_t now = 1000;

	(void)state;
	assert_true(breaker_allows(&b, 0));
	assert_true(breaker_allows(&b, now));
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		breaker_trip(&b, now, 15, 600, 0);
		assert_true(b.open);
		assert_int_equal(b.until - now, waits[i]);
		assert_false(breaker_allows(&b, now));
		assert_false(breaker_allows(&b, b.until - 1));
		assert_true(breaker_allows(&b, b.until));
		assert_true(breaker_allows(&b, b.until + 1));
		now = b.until;
	}
	/* It has worked: all begins anew. */
	breaker_reset(&b);
	assert_false(b.open);
	assert_true(breaker_allows(&b, 0));
	breaker_trip(&b, now, 15, 600, 0);
	assert_int_equal(b.until - now, 15);
	/* Limits that a reload has changed hold from the next time. */
	breaker_trip(&b, now, 100, 110, 0);
	assert_int_equal(b.until - now, 100);
	breaker_trip(&b, now, 1, 20, 0);
	assert_int_equal(b.until - now, 20);
}

/* Up to a quarter off each wait, and none off what the next is made of. */
static void
test_breaker_jitter(void **state)
{
	static const double jitters[] = { 0, 0.001, 0.5, 0.999, 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(jitters) / sizeof(jitters[0]); i++) {
		struct breaker b = { 0 };
		int64_t wait = 15000, shortest = 0;

		for (int n = 0; n < 8; n++) {
			breaker_trip(&b, 1000, 15000, 600000, jitters[i]);
			assert_in_range(b.until - 1000, wait * 3 / 4, wait);
			assert_int_equal(b.until - 1000 == wait,
			    jitters[i] < 0.0005);
			assert_true(b.until > shortest);
			wait = wait * 2 > 600000 ? 600000 : wait * 2;
			shortest = n < 5 ? b.until : 0;
		}
		assert_int_equal(b.delay, 600000);
	}
}

/* Somebody says now: once, and then as if for the first time. */
static void
test_breaker_retry(void **state)
{
	struct breaker b = { 0 };

	(void)state;
	for (int i = 0; i < 5; i++)
		breaker_trip(&b, 1000, 15, 600, 0);
	breaker_retry(&b);
	assert_true(b.open);
	assert_true(breaker_allows(&b, 1000));
	breaker_trip(&b, 1000, 15, 600, 0);
	assert_int_equal(b.until, 1015);
	assert_false(breaker_allows(&b, 1000));
	/* Asked again and again, in vain: not at once any more. */
	for (int i = 0; i < 5; i++) {
		static const int64_t waits[] = { 1, 2, 4, 8, 10 };

		breaker_reset(&b);
		for (int j = 0; j <= i + 1; j++) {
			breaker_trip(&b, 1000 * j, 10000, 60000, 0);
			breaker_retry(&b);
			breaker_retry(&b);
		}
		assert_int_equal(b.until, 1000 * (i + 1) + 1000 * waits[i]);
	}
	/* It never has to wait for longer than without. */
	breaker_trip(&b, 0, 5, 10, 0);
	breaker_retry(&b);
	assert_int_equal(b.until, 5);
	/* Where nothing was wrong, nothing is. */
	breaker_reset(&b);
	breaker_retry(&b);
	assert_false(b.open);
	assert_true(breaker_allows(&b, 0));
}

/* The network comes: soon, but less and less soon where that was in vain. */
static void
test_breaker_news(void **state)
{
	static const int64_t waits[] = {
		500, 5000, 10000, 20000, 40000, 80000, 160000, 320000,
	};
	struct breaker b = { 0 };
	int64_t now = 1000000, until;

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		breaker_trip(&b, now, 600000, 600000, 0);
		assert_int_equal(b.until - now, 600000);
		breaker_hurry(&b, now);
		until = b.until;
		assert_int_equal(until - now, waits[i]);
		assert_false(breaker_allows(&b, until - 1));
		/* One change of the network is many. */
		for (int n = 1; n < 20; n++)
			breaker_hurry(&b, now + n);
		assert_int_equal(b.until, until);
		now = until;
	}
	/* Long after the failure there is nothing to wait for but the rest. */
	breaker_trip(&b, now, 600000, 600000, 0);
	for (int i = 0; i < 10; i++) {
		b.pause = 1000;
		breaker_hurry(&b, now + 300000);
		assert_int_equal(b.until, now + 300500);
	}
	/* It does not put off what comes sooner anyway. */
	breaker_trip(&b, now, 100, 100, 0);
	breaker_hurry(&b, now + 1);
	assert_int_equal(b.until, now + 100);
}

/* What has come while a session was begun counts for that one only. */
static void
test_breaker_early_news(void **state)
{
	struct breaker b = { 0 };

	(void)state;
	breaker_hurry(&b, 1000);
	assert_false(b.open);
	assert_true(breaker_allows(&b, 1000));
	breaker_trip(&b, 2000, 600000, 600000, 0);
	assert_int_equal(b.until, 2500);
	breaker_trip(&b, 3000, 600000, 600000, 0);
	assert_int_equal(b.until, 603000);
	breaker_reset(&b);
	breaker_trip(&b, 4000, 600000, 600000, 0);
	assert_int_equal(b.until, 604000);
	breaker_hurry(&b, 4000);
	assert_int_equal(b.until, 4500);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_doubling),
		cmocka_unit_test(test_breaker_doubling),
		cmocka_unit_test(test_breaker_jitter),
		cmocka_unit_test(test_breaker_retry),
		cmocka_unit_test(test_breaker_news),
		cmocka_unit_test(test_breaker_early_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
