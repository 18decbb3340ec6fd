#include <config.h>

#include "flush/schedule.h"

enum { DUPLICATE_WAIT = 10 * 60 };	/* seconds */

/* In milliseconds. */
enum {
	NEWS_SETTLE = 500,
	NEWS_PAUSE = 5 * 1000,
	NEWS_PAUSE_MAX = 60 * 60 * 1000,
	PATIENCE = 1000,
};

int64_t
schedule_due(int64_t arrival, int64_t next, int64_t now, int64_t latest)
{
	if (next == -1)
		return arrival < now ? arrival : now;
	return next <= latest ? next : now;
}

int64_t
schedule_latest(int64_t now, int64_t max)
{
	return now + (max > DUPLICATE_WAIT ? max : DUPLICATE_WAIT);
}

int64_t
schedule_next(int64_t arrival, int64_t now, int64_t min, int64_t max,
    bool possible_duplicate)
{
	int64_t wait = now - arrival;

	if (wait > max)
		wait = max;
	if (wait < min)
		wait = min;
	if (possible_duplicate && wait < DUPLICATE_WAIT)
		wait = DUPLICATE_WAIT;
	return now + wait;
}

void
breaker_trip(struct breaker *b, int64_t now, int64_t min, int64_t max,
    double jitter)
{
	b->delay *= 2;
	if (b->delay < min)
		b->delay = min;
	if (b->delay > max)
		b->delay = max;
	b->until = now + (int64_t)((double)b->delay * (1 - jitter / 4));
	b->open = true;
	b->tried = now;
	if (b->asked)
		b->patience = b->patience == 0 ? PATIENCE : 2 * b->patience;
	if (b->patience > min)
		b->patience = min;
	b->asked = false;
	if (b->news)
		breaker_hurry(b, now);
	b->news = false;
}

void
breaker_reset(struct breaker *b)
{
	*b = (struct breaker){ 0 };
}

void
breaker_retry(struct breaker *b)
{
	int64_t at = b->tried + b->patience;

	b->delay = 0;
	b->asked = b->open;
	if (at < b->until)
		b->until = at;
}

void
breaker_hurry(struct breaker *b, int64_t now)
{
	int64_t at = b->tried + b->pause;

	if (!b->open) {
		b->news = true;
		return;
	}
	if (at < now + NEWS_SETTLE)
		at = now + NEWS_SETTLE;
	if (at >= b->until)
		return;
	b->until = at;
	b->pause = b->pause == 0 ? NEWS_PAUSE : 2 * b->pause;
	if (b->pause > NEWS_PAUSE_MAX)
		b->pause = NEWS_PAUSE_MAX;
}

bool
breaker_allows(const struct breaker *b, int64_t now)
{
	return !b->open || now >= b->until;
}
