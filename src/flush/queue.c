#include <config.h>

#include "flush/queue.h"

#include <stdlib.h>

#include "base/xmalloc.h"

enum { QUEUE_FIRST = 64 };

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

void
queue_add(struct queue *q, const struct item *item)
{
	size_t i = q->len;

	if (q->len == q->size) {
		q->size = q->size == 0 ? QUEUE_FIRST : 2 * q->size;
		q->items = xreallocarray(q->items, q->size,
		    sizeof(*q->items));
	}
	q->items[q->len++] = *item;
	for (; i > 0 && before(&q->items[i], &q->items[(i - 1) / 2]);
	    i = (i - 1) / 2)
		swap(&q->items[i], &q->items[(i - 1) / 2]);
}

const struct item *
queue_first(const struct queue *q)
{
	return q->len > 0 ? &q->items[0] : NULL;
}

void
queue_remove_first(struct queue *q)
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
	return count_due(q, 0, now, max);
}

void
queue_clear(struct queue *q)
{
	free(q->items);
	*q = (struct queue){ 0 };
}
