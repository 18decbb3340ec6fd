#include <config.h>

#include "flush/rate.h"

/* The slots that touch a window that ends in the newest. */
enum { ALL = RATE_SLOTS + 1 };

void
rate_init(struct rate *r, uint64_t count, int64_t period)
{
	*r = (struct rate){ .count = count, .period = period };
}

static int64_t
length(const struct rate *r)
{
	return (r->period + RATE_SLOTS - 1) / RATE_SLOTS;
}

static uint64_t *
slot(struct rate *r, int64_t number)
{
	return &r->used[number % ALL];
}

/* The clock was set back: what was used after this slot was used in it. */
static void
fold(struct rate *r, int64_t number)
{
	uint64_t later = 0;

	for (int64_t n = r->newest; n > number && n > r->newest - ALL; n--) {
		later += *slot(r, n);
		*slot(r, n) = 0;
	}
	*slot(r, number) += later;
}

static void
advance(struct rate *r, int64_t now)
{
	int64_t number = now / length(r);

	if (number < r->newest)
		fold(r, number);
	for (int64_t n = number; n > r->newest && n > number - ALL; n--)
		*slot(r, n) = 0;
	r->newest = number;
}

static uint64_t
total(const struct rate *r)
{
	uint64_t sum = 0;

	for (int i = 0; i < ALL; i++)
		sum += r->used[i];
	return sum;
}

uint64_t
rate_left(struct rate *r, int64_t now)
{
	uint64_t used;

	advance(r, now);
	used = total(r);
	return used < r->count ? r->count - used : 0;
}

int64_t
rate_wait(struct rate *r, int64_t now)
{
	uint64_t used;
	int64_t n;

	advance(r, now);
	used = total(r);
	n = r->newest - ALL;
	while (used >= r->count)
		used -= *slot(r, ++n);
	return n == r->newest - ALL ? 0 : (n + ALL) * length(r) - now;
}

void
rate_take(struct rate *r, uint64_t n, int64_t now)
{
	advance(r, now);
	*slot(r, r->newest) += n;
}

void
rate_give_back(struct rate *r, uint64_t n, int64_t now)
{
	uint64_t *used, some;

	advance(r, now);
	for (int64_t i = r->newest; n > 0 && i > r->newest - ALL; i--) {
		used = slot(r, i);
		some = n < *used ? n : *used;
		*used -= some;
		n -= some;
	}
}

uint64_t
rate_used(const struct rate *r, size_t i, int64_t *time)
{
	int64_t number = r->newest - (int64_t)i;

	*time = number * length(r);
	return number < 0 ? 0 : r->used[number % ALL];
}

void
rate_restore(struct rate *r, uint64_t n, int64_t time, int64_t now)
{
	int64_t number = time / length(r);

	advance(r, now);
	if (number > r->newest)
		number = r->newest;
	if (number > r->newest - ALL)
		*slot(r, number) += n;
}
