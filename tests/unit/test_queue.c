#include <config.h>

#include <sys/types.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flush/item.h"
#include "flush/queue.h"

enum { FLOOD = 50000, GONE = 9999 };

/* An item's next stands for its submitter, or that it is gone. */
static int
submitter(void *arg, const struct item *item, uid_t *uid)
{
	(*(size_t *)arg)++;
	if (item->next == GONE)
		return -1;
	*uid = (uid_t)item->next;
	return 0;
}

struct fixture {
	struct queue queue;
	size_t asked;		/* how often submitter was */
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	queue_init(&f->queue, submitter, &f->asked);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	queue_free(&f->queue);
	free(f);
	return 0;
}

static void
add(struct queue *q, uint64_t arrival, int64_t due, int64_t uid)
{
	queue_add(q, &(struct item){
		.arrival = arrival,
		.next = uid,
		.due = due,
	});
}

/* One user's mail: the earlier due first, then the earlier arrival. */
static void
test_order(void **state)
{
	static const int64_t spans[] = { 1, 10, 1000000 };
	struct fixture *f = *state;
	struct item item, last;

	srandom(1);
	for (size_t round = 0; round < 3; round++) {
		last = (struct item){ .due = -1 };
		for (uint64_t n = 0; n < 1000; n++)
			add(&f->queue, (uint64_t)random() % 1000 * 1000 + n,
			    random() % spans[round], 1);
		for (size_t n = 0; n < 1000; n++) {
			assert_true(queue_take(&f->queue, spans[round],
			    &item));
			assert_true(item.due > last.due ||
			    (item.due == last.due &&
			    item.arrival > last.arrival));
			last = item;
		}
		assert_false(queue_take(&f->queue, INT64_MAX, &item));
	}
}

static size_t
count_due(const struct item *items, size_t n, int64_t now)
{
	size_t due = 0;

	for (size_t i = 0; i < n; i++)
		due += items[i].due != -1 && items[i].due <= now;
	return due;
}

/*
 * Time passes, mail comes and goes: what is due comes out once, what is not
 * due does not, and both are counted right.
 */
static void
test_random(void **state)
{
	enum { ROOM = 3000 };
	static struct item items[ROOM];
	static const size_t limits[] = { 0, 1, 2, 7, 100, SIZE_MAX };
	struct fixture *f = *state;
	struct item item;
	size_t n = 0, left = 0, due;

	srandom(2);
	for (int64_t now = 0; now < ROOM; now++) {
		if (n < ROOM && random() % 3 > 0) {
			items[n] = (struct item){
				.arrival = n,
				.next = random() % 5,
				.due = now + random() % 50 - 5,
			};
			if (items[n].due < 0)
				items[n].due = 0;
			queue_add(&f->queue, &items[n++]);
			left++;
		}
		due = count_due(items, n, now);
		for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
			assert_int_equal(queue_count_due(&f->queue, now,
			    limits[i]), due < limits[i] ? due : limits[i]);
		assert_int_equal(queue_next(&f->queue) <= now, due > 0);
		if (random() % 3 == 0) {
			assert_int_equal(queue_take(&f->queue, now, &item),
			    due > 0);
			if (due == 0)
				continue;
			assert_true(items[item.arrival].due != -1);
			assert_true(item.due <= now);
			items[item.arrival].due = -1;
			left--;
		}
	}
	for (; left > 0; left--) {
		assert_true(queue_take(&f->queue, INT64_MAX, &item));
		assert_true(items[item.arrival].due != -1);
		items[item.arrival].due = -1;
	}
	assert_true(queue_next(&f->queue) == INT64_MAX);
}

static void
test_extremes(void **state)
{
	static const int64_t due[] = { INT64_MAX - 1, 0, INT64_MIN, -1, 1 };
	struct fixture *f = *state;
	struct queue *q = &f->queue;
	struct item item;

	assert_false(queue_take(q, INT64_MAX, &item));
	assert_true(queue_next(q) == INT64_MAX);
	assert_int_equal(queue_count_due(q, INT64_MAX, 10), 0);
	for (size_t i = 0; i < 5; i++)
		add(q, 1, due[i], 1);
	assert_true(queue_next(q) == INT64_MIN);
	assert_int_equal(queue_count_due(q, INT64_MIN, 10), 1);
	assert_int_equal(queue_count_due(q, 0, 10), 3);
	assert_int_equal(queue_count_due(q, INT64_MAX, 10), 5);
	assert_true(queue_take(q, INT64_MIN, &item));
	assert_true(item.due == INT64_MIN);
	assert_false(queue_take(q, INT64_MIN, &item));
	assert_int_equal(queue_next(q), -1);
	queue_clear(q);
	assert_true(queue_next(q) == INT64_MAX);
	add(q, 1, 7, 1);
	assert_true(queue_take(q, 7, &item));
	assert_int_equal(item.due, 7);
}

/* What is there twice stays there twice; what is gone goes. */
static void
test_twice_and_gone(void **state)
{
	struct fixture *f = *state;
	struct item item;

	add(&f->queue, 1, 1, 1);
	add(&f->queue, 1, 1, 1);
	for (uint64_t n = 0; n < 5000; n++)
		add(&f->queue, n + 10, 0, GONE);
	assert_int_equal(queue_count_due(&f->queue, 1, 10), 10);
	assert_true(queue_take(&f->queue, 1, &item));
	assert_int_equal(item.arrival, 1);
	assert_true(queue_take(&f->queue, 1, &item));
	assert_int_equal(item.arrival, 1);
	assert_false(queue_take(&f->queue, 1, &item));
}

/* How many messages are taken up to and with that of this user. */
static size_t
turn_of(struct queue *q, int64_t uid)
{
	struct item item = { .next = -1 };
	size_t n;

	for (n = 0; item.next != uid; n++)
		assert_true(queue_take(q, INT64_MAX, &item));
	return n;
}

/* A flood, and behind it the mail of others. */
static void
test_fairness(void **state)
{
	struct fixture *f = *state;

	for (uint64_t n = 0; n < FLOOD; n++)
		add(&f->queue, n, (int64_t)n, 1000);
	add(&f->queue, FLOOD, FLOOD, 0);
	add(&f->queue, FLOOD, FLOOD, 33);
	assert_in_range(turn_of(&f->queue, 0), 1, 250);
	assert_in_range(turn_of(&f->queue, 33), 1, 2);
	/* What comes from now on waits for one message of each other. */
	add(&f->queue, FLOOD + 1, FLOOD + 1, 0);
	assert_in_range(turn_of(&f->queue, 0), 1, 2);
	add(&f->queue, FLOOD + 1, FLOOD + 1, 2000);
	assert_in_range(turn_of(&f->queue, 2000), 1, 2);
}

/* Nobody is asked for what is not due, nor all at once, nor twice. */
static void
test_costs(void **state)
{
	struct fixture *f = *state;
	struct item item;
	size_t taken = 0;

	for (uint64_t n = 0; n < FLOOD; n++)
		add(&f->queue, n, n % 2 == 0 ? 0 : 100, 1000);
	assert_int_equal(queue_count_due(&f->queue, 99, SIZE_MAX), FLOOD / 2);
	assert_int_equal(f->asked, 0);
	assert_true(queue_take(&f->queue, 99, &item));
	assert_in_range(f->asked, 1, FLOOD / 30);
	for (taken = 1; queue_take(&f->queue, 99, &item); taken++)
		assert_true(f->queue.size <=
		    2 * (f->queue.len + f->queue.len / 2) + 200);
	assert_int_equal(taken, FLOOD / 2);
	assert_int_equal(f->asked, FLOOD / 2);
	assert_int_equal(queue_next(&f->queue), 100);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(test_order),
		TEST(test_random),
		TEST(test_extremes),
		TEST(test_twice_and_gone),
		TEST(test_fairness),
		TEST(test_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
