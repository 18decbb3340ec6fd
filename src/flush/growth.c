#include <config.h>

#include "flush/growth.h"

#include <stdbool.h>

enum {
	/* Fewer are not worth a session, whatever they take. */
	WORTH_A_SESSION = 10,
	/* So many times what it takes to connect is worth connecting. */
	RETURN = 8,
	/* Milliseconds that it is taken to take at least: less says little. */
	CONNECTING_MIN = 50,
	/* How long the smarthost's limit is believed: five minutes. */
	LIMIT_TIME = 5 * 60 * 1000,
};

/* The last session has to have brought as much, to make another worth it. */
#define HELPS 1.25

/* Jobs per millisecond. */
static double
pace(const struct growth *g, int64_t clock)
{
	return clock > g->since ? (double)g->done / (double)(clock - g->since) :
	    0;
}

static void
count_anew(struct growth *g, int64_t clock)
{
	g->since = clock;
	g->done = 0;
}

void
growth_connected(struct growth *g, int64_t clock, int64_t connecting)
{
	g->connecting = connecting > CONNECTING_MIN ? connecting :
	    CONNECTING_MIN;
	g->before = pace(g, clock);
	count_anew(g, clock);
}

void
growth_done(struct growth *g)
{
	g->done++;
}

void
growth_idle(struct growth *g, int64_t clock)
{
	g->before = 0;
	count_anew(g, clock);
}

void
growth_shrink(struct growth *g, int64_t clock, size_t sessions)
{
	g->limit = sessions > 1 ? sessions - 1 : 1;
	g->limit_until = clock + LIMIT_TIME;
}

static bool
is_limited(const struct growth *g, int64_t clock)
{
	return g->limit > 0 && clock < g->limit_until;
}

/* What those that are there do in the time that pays is not worth another. */
size_t
growth_worth(const struct growth *g, int64_t clock, size_t sessions)
{
	int64_t elapsed = clock - g->since;
	double now = pace(g, clock);
	size_t worth;

	if (sessions == 0)
		return 1;
	if (is_limited(g, clock) && sessions >= g->limit)
		return SIZE_MAX;
	/* It takes as long to see what the last one has brought. */
	if (g->connecting == 0 || elapsed < g->connecting)
		return SIZE_MAX;
	if (now < g->before * HELPS)
		return SIZE_MAX;
	worth = (size_t)(now * RETURN * (double)g->connecting);
	return worth > WORTH_A_SESSION ? worth : WORTH_A_SESSION;
}
