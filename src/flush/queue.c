#include <config.h>

#include "flush/queue.h"

#include <stdlib.h>

#include "base/xmalloc.h"
#include "flush/item.h"
#include "flush/turns.h"

enum {
	QUEUE_FIRST = 64,
	/* Items whose submitter is asked for at a time, at least. */
	SORTED_AT_ONCE = 64,
	/* And of a long queue this part: after some 200 turns all are known. */
	PART_AT_ONCE = 64,
};

static bool
before(const struct item *a, const struct item *b)
{
	if (a->due != b->due)
		return a->due < b->due;
	return a->arrival < b->arrival;
}

static void
swap(struct item *a, struct item *b)
{
	struct item t = *a;

	*a = *b;
	*b = t;
}

static void
resize(struct queue *q, size_t size)
{
	q->size = size;
	q->items = xreallocarray(q->items, q->size, sizeof(*q->items));
}

void
queue_init(struct queue *q,
    int (*submitter)(void *arg, const struct item *, uid_t *), void *arg)
{
	*q = (struct queue){ .submitter = submitter, .arg = arg };
	q->turns = xcalloc(1, sizeof(*q->turns));
	q->turns->last = (uid_t)-1;
}

void
queue_add(struct queue *q, const struct item *item)
{
	size_t i = q->len;

	if (q->len == q->size)
		resize(q, q->size + q->size / 2 + QUEUE_FIRST);
	q->items[q->len++] = *item;
	for (; i > 0 && before(&q->items[i], &q->items[(i - 1) / 2]);
	    i = (i - 1) / 2)
		swap(&q->items[i], &q->items[(i - 1) / 2]);
}

static void
remove_first(struct queue *q)
{
	size_t i = 0, child;

	q->items[0] = q->items[--q->len];
	while ((child = 2 * i + 1) < q->len) {
		if (child + 1 < q->len &&
		    before(&q->items[child + 1], &q->items[child]))
			child++;
		if (!before(&q->items[child], &q->items[i]))
			break;
		swap(&q->items[i], &q->items[child]);
		i = child;
	}
	if (q->len + QUEUE_FIRST < q->size / 2)
		resize(q, q->size / 2);
}

/*
 * Gives a part of what is due to those who submitted it.  Not all at once, so
 * that the first is sent soon whatever is behind it.
 */
static void
sort_out(struct queue *q, int64_t now)
{
	size_t n = SORTED_AT_ONCE + q->len / PART_AT_ONCE;
	uid_t uid;

	for (; n > 0 && q->len > 0 && q->items[0].due <= now; n--) {
		if (q->submitter(q->arg, &q->items[0], &uid) == 0)
			turns_add(q->turns, uid, &q->items[0]);
		remove_first(q);
	}
}

void
queue_put_first(struct queue *q, uid_t uid, const struct item *item)
{
	turns_put_first(q->turns, uid, item);
}

bool
queue_take(struct queue *q, int64_t now, struct item *item)
{
	do
		sort_out(q, now);
	while (q->turns->len == 0 && q->len > 0 && q->items[0].due <= now);
	return turns_take(q->turns, item);
}

int64_t
queue_next(const struct queue *q)
{
	if (q->turns->len > 0)
		return INT64_MIN;
	return q->len > 0 ? q->items[0].due : INT64_MAX;
}

size_t
queue_count(const struct queue *q)
{
	return q->len + q->turns->len;
}

/*
 * What is not due has nothing due below it, so only due items and their
 * children are looked at.
 */
static size_t
count_due(const struct queue *q, size_t i, int64_t now, size_t max)
{
	size_t n;

	if (max == 0 || i >= q->len || q->items[i].due > now)
		return 0;
	n = 1 + count_due(q, 2 * i + 1, now, max - 1);
	return n + count_due(q, 2 * i + 2, now, max - n);
}

size_t
queue_count_due(const struct queue *q, int64_t now, size_t max)
{
	size_t n = q->turns->len < max ? q->turns->len : max;

	return n + count_due(q, 0, now, max - n);
}

void
queue_clear(struct queue *q)
{
	free(q->items);
	q->items = NULL;
	q->len = q->size = 0;
	turns_clear(q->turns);
}

void
queue_free(struct queue *q)
{
	queue_clear(q);
	free(q->turns);
}
