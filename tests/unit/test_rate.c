#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flush/rate.h"

enum { MINUTE = 60 * 1000, DAY = 24 * 60 * MINUTE };

static const int64_t T = INT64_C(1700000000) * 1000;

/* Takes whatever is left, as often as there is any, for so long. */
static uint64_t
use_up(struct rate *r, int64_t from, int64_t to, int64_t *last)
{
	uint64_t sum = 0, left;

	for (int64_t now = from; now < to; now += rate_wait(r, now)) {
		left = rate_left(r, now);
		assert_true(left > 0);
		rate_take(r, left, now);
		assert_int_equal(rate_left(r, now), 0);
		assert_true(rate_wait(r, now) > 0);
		sum += left;
		*last = now;
	}
	return sum;
}

/* All at once, and then all at once again: not sooner, and hardly later. */
static void
test_burst(void **state)
{
	static const int64_t periods[] = {
		1000, MINUTE, 61001, 60 * MINUTE, DAY, INT64_C(365) * DAY,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(periods) / sizeof(*periods); i++) {
		int64_t period = periods[i], wait;
		struct rate r;

		rate_init(&r, 30, period);
		assert_int_equal(rate_left(&r, T), 30);
		assert_int_equal(rate_wait(&r, T), 0);
		rate_take(&r, 29, T);
		assert_int_equal(rate_left(&r, T), 1);
		assert_int_equal(rate_wait(&r, T), 0);
		rate_take(&r, 1, T);
		assert_int_equal(rate_left(&r, T), 0);
		wait = rate_wait(&r, T);
		assert_in_range(wait, period, period + period / 50 + 61);
		assert_int_equal(rate_left(&r, T + wait - 1), 0);
		assert_int_equal(rate_wait(&r, T + wait - 1), 1);
		assert_int_equal(rate_left(&r, T + wait), 30);
		assert_int_equal(rate_wait(&r, T + wait), 0);
	}
}

/* Whoever takes all he can get gets what the rate says, and not more. */
static void
test_greedy(void **state)
{
	struct rate r;
	int64_t last = 0;
	uint64_t sum;

	(void)state;
	rate_init(&r, 10000, DAY);
	sum = use_up(&r, T, T + 60 * (int64_t)DAY, &last);
	assert_in_range(sum, 590000, 600000);
}

enum { EVENTS = 4000 };

static uint64_t
in_window(const int64_t *times, size_t n, int64_t end, int64_t period)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += times[i] <= end && times[i] > end - period;
	return sum;
}

/* At any time, however it is used: never more in any time of that length. */
static void
test_never_more(void **state)
{
	static int64_t times[EVENTS];
	struct rate r;
	size_t n = 0;

	(void)state;
	srandom(1);
	rate_init(&r, 30, MINUTE);
	for (int64_t now = T; n < EVENTS; now += random() % 3000) {
		uint64_t wanted = (uint64_t)random() % 12;

		if (n % 100 < 10)
			now += random() % 90000;
		if (wanted > rate_left(&r, now))
			wanted = rate_left(&r, now);
		rate_take(&r, wanted, now);
		for (; wanted > 0 && n < EVENTS; wanted--)
			times[n++] = now;
		assert_true(in_window(times, n, now, MINUTE) <= 30);
	}
}

static void
test_give_back(void **state)
{
	struct rate r;

	(void)state;
	rate_init(&r, 30, MINUTE);
	rate_take(&r, 20, T);
	rate_take(&r, 5, T + 2000);
	rate_give_back(&r, 3, T + 2000);
	assert_int_equal(rate_left(&r, T + 2000), 8);
	/* Also what was taken before. */
	rate_give_back(&r, 10, T + 4000);
	assert_int_equal(rate_left(&r, T + 4000), 18);
	/* There is no more than all. */
	rate_give_back(&r, 100, T + 4000);
	assert_int_equal(rate_left(&r, T + 4000), 30);
}

/* A clock that is set makes nothing free, and nothing waits for ever. */
static void
test_clock(void **state)
{
	static const int64_t back[] = {
		1, 1000, 30000, 59000, 61000, 120000, DAY, INT64_C(9999) * DAY,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(back) / sizeof(*back); i++) {
		struct rate r;
		int64_t now = T - back[i];

		rate_init(&r, 30, MINUTE);
		rate_take(&r, 10, T - 20000);
		rate_take(&r, 10, T - 10000);
		rate_take(&r, 10, T);
		assert_int_equal(rate_left(&r, T), 0);
		assert_int_equal(rate_left(&r, now), 0);
		assert_true(rate_wait(&r, now) <= MINUTE + 1000);
		assert_int_equal(rate_left(&r, now + MINUTE + 1000), 30);
	}
}

/* What is written down and read again counts as before. */
static void
test_restore(void **state)
{
	struct rate before, after;
	int64_t time, now = T;

	(void)state;
	rate_init(&before, 10000, DAY);
	for (int n = 0; n < 50; n++, now += DAY / 70)
		rate_take(&before, 100, now);
	rate_init(&after, 10000, DAY);
	for (size_t i = 0; i <= RATE_SLOTS; i++) {
		uint64_t n = rate_used(&before, i, &time);

		if (n > 0)
			rate_restore(&after, n, time, now);
	}
	assert_int_equal(rate_left(&after, now), 5000);
	for (; now < T + 2 * (int64_t)DAY; now += DAY / 100)
		assert_int_equal(rate_left(&after, now),
		    rate_left(&before, now));
	assert_int_equal(rate_left(&after, now), 10000);
	/* What was too long ago is forgotten, what is to come is now. */
	rate_restore(&after, 7, now - 2 * (int64_t)DAY, now);
	assert_int_equal(rate_left(&after, now), 10000);
	rate_restore(&after, 7, now + 2 * (int64_t)DAY, now);
	assert_int_equal(rate_left(&after, now), 9993);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_greedy),
		cmocka_unit_test(test_never_more),
		cmocka_unit_test(test_give_back),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
