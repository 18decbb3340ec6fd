#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flush/queue.h"

enum { ROOM = 2000 };

/* The same items in an array, in order. */
struct model {
	struct item items[ROOM];
	size_t len;
};

static int
compare(const void *va, const void *vb)
{
	const struct item *a = va, *b = vb;

	if (a->due != b->due)
		return a->due < b->due ? -1 : 1;
	return a->arrival < b->arrival ? -1 : a->arrival > b->arrival;
}

static void
model_add(struct model *m, const struct item *item)
{
	m->items[m->len++] = *item;
	qsort(m->items, m->len, sizeof(*m->items), compare);
}

static void
model_remove_first(struct model *m)
{
	m->len--;
	memmove(m->items, m->items + 1, m->len * sizeof(*m->items));
}

static size_t
model_count_due(const struct model *m, int64_t now, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < m->len; i++)
		if (m->items[i].due <= now && n < max)
			n++;
	return n;
}

static void
check_first(const struct queue *q, const struct model *m)
{
	const struct item *first = queue_first(q);

	assert_int_equal(q->len, m->len);
	if (m->len == 0) {
		assert_null(first);
		return;
	}
	assert_true(first->due == m->items[0].due);
	assert_true(first->arrival == m->items[0].arrival);
	assert_true(first->next == (int64_t)first->arrival * 2);
}

static void
check_counts(const struct queue *q, const struct model *m, int64_t span)
{
	static const size_t limits[] = { 0, 1, 2, 3, 7, 100, SIZE_MAX };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		for (int64_t now = -1; now <= span; now += 1 + span / 5)
			assert_int_equal(queue_count_due(q, now, limits[i]),
			    model_count_due(m, now, limits[i]));
}

/* Many with the same time, few, and the whole range; growing and shrinking. */
static void
test_random(void **state)
{
	static const int64_t spans[] = { 1, 10, 1000000 };
	static struct model m;
	struct queue q = { 0 };

	(void)state;
	srandom(1);
	for (size_t round = 0; round < 6; round++) {
		int64_t span = spans[round / 2];

		for (uint64_t n = 0; n < 600; n++) {
			struct item item = {
				.arrival = (uint64_t)random() % 1000 * 600 + n,
				.due = random() % span,
			};

			item.next = (int64_t)item.arrival * 2;
			/* In turn more is added and more removed. */
			if (random() % 5 < (round % 2 == 0 ? 4 : 1)) {
				queue_add(&q, &item);
				model_add(&m, &item);
			} else if (m.len > 0) {
				queue_remove_first(&q);
				model_remove_first(&m);
			}
			check_first(&q, &m);
			if (n % 50 == 0)
				check_counts(&q, &m, span);
		}
	}
	for (; m.len > 0; model_remove_first(&m), queue_remove_first(&q))
		check_first(&q, &m);
	check_first(&q, &m);
	queue_clear(&q);
}

static void
test_extremes(void **state)
{
	static const int64_t due[] = { INT64_MAX, 0, INT64_MIN, -1, 1 };
	struct queue q = { 0 };

	(void)state;
	assert_null(queue_first(&q));
	assert_int_equal(queue_count_due(&q, INT64_MAX, 10), 0);
	for (size_t i = 0; i < 5; i++)
		queue_add(&q, &(struct item){ .due = due[i] });
	assert_int_equal(queue_count_due(&q, INT64_MIN, 10), 1);
	assert_int_equal(queue_count_due(&q, 0, 10), 3);
	assert_int_equal(queue_count_due(&q, INT64_MAX, 10), 5);
	assert_true(queue_first(&q)->due == INT64_MIN);
	queue_clear(&q);
	assert_null(queue_first(&q));
	queue_add(&q, &(struct item){ .due = 7 });
	assert_int_equal(queue_first(&q)->due, 7);
	queue_clear(&q);
}

/* What is there twice stays there twice. */
static void
test_twice(void **state)
{
	const struct item item = { .arrival = 1, .due = 1 };
	struct queue q = { 0 };

	(void)state;
	queue_add(&q, &item);
	queue_add(&q, &item);
	assert_int_equal(queue_count_due(&q, 1, 10), 2);
	queue_remove_first(&q);
	assert_int_equal(queue_first(&q)->arrival, 1);
	queue_remove_first(&q);
	assert_null(queue_first(&q));
	queue_clear(&q);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
