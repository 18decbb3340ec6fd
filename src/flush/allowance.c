#include <config.h>

#include "flush/allowance.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/io.h"
#include "base/log.h"
#include "base/number.h"
#include "base/xmalloc.h"
#include "flush/rate.h"
#include "spool/config.h"
#include "spool/spool.h"
#include "spool/value.h"

#define RATE_NAME "rate"

enum {
	/* The file is written at least so often in a period of a rate. */
	WRITES = 100,
	/* Of the file: a line for each slot of each rate. */
	FILE_MAX = CONFIG_RATES * (RATE_SLOTS + 1) * 64,
};

static int64_t
now(void)
{
	return (int64_t)(date_now() * 1000);
}

static uint64_t
share(const struct rate *r)
{
	return r->count >= WRITES ? r->count / WRITES - 1 : 0;
}

/* A line of the file is PERIOD TIME COUNT, all but the last in ms. */
static void
print(const struct rate *r, uint64_t ahead, struct buf *out)
{
	int64_t time;

	for (size_t i = 0; i <= RATE_SLOTS; i++) {
		uint64_t n = rate_used(r, i, &time) + (i == 0 ? ahead : 0);

		if (n > 0)
			buf_printf(out, "%" PRId64 " %" PRId64 " %" PRIu64 "\n",
			    r->period, time, n);
	}
}

/* Writes down what was used, and what will be before this is done again. */
static void
save(struct allowance *a, uint64_t ahead)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < a->nrates; i++)
		print(&a->rates[i], ahead, &text);
	if (spool_replace(a->spool, RATE_NAME, &text) == -1)
		log_warn("cannot write down what was used of the rate");
	buf_free(&text);
	a->ahead = ahead;
}

static void
parse(struct allowance *a, char *line, int64_t at)
{
	uint64_t period, time, n;

	if (number_word(&line, INT64_MAX, &period) == -1 ||
	    number_word(&line, INT64_MAX, &time) == -1 ||
	    number_word(&line, UINT32_MAX, &n) == -1)
		return;
	for (size_t i = 0; i < a->nrates; i++)
		if (a->rates[i].period == (int64_t)period)
			rate_restore(&a->rates[i], n, (int64_t)time, at);
}

static void
load(struct allowance *a)
{
	struct buf text = { 0 };
	char *rest, *line;

	if (io_read_file(a->spool, RATE_NAME, &text, FILE_MAX) == -1) {
		if (errno != ENOENT)
			log_warn("cannot read what was used of the rate");
	} else if (text.len > 0) {
		rest = text.data;
		while ((line = strsep(&rest, "\n")) != NULL)
			parse(a, line, now());
	}
	buf_free(&text);
}

void
allowance_set(struct allowance *a, int spool, const struct config *cfg)
{
	if (a->nrates > 0)
		save(a, 0);
	free(a->rates);
	*a = (struct allowance){ .spool = spool };
	while (a->nrates < CONFIG_RATES && cfg->rate[a->nrates].count > 0)
		a->nrates++;
	if (a->nrates == 0)
		return;
	a->rates = xcalloc(a->nrates, sizeof(*a->rates));
	for (size_t i = 0; i < a->nrates; i++)
		rate_init(&a->rates[i], cfg->rate[i].count,
		    (int64_t)cfg->rate[i].seconds * 1000);
	load(a);
}

uint64_t
allowance_left(const struct allowance *a)
{
	uint64_t left = UINT64_MAX, n;

	for (size_t i = 0; i < a->nrates; i++) {
		n = rate_left(&a->rates[i], now());
		left = n < left ? n : left;
	}
	return left;
}

static void
name_of(const struct rate *r, char name[64])
{
	struct buf text = { 0 };

	value_print_rate(r->count, (uint64_t)r->period / 1000, &text);
	strlcpy(name, text.data, 64);
	buf_free(&text);
}

int64_t
allowance_wait(const struct allowance *a, char name[64])
{
	int64_t wait = 0, ms;

	for (size_t i = 0; i < a->nrates; i++) {
		ms = rate_wait(&a->rates[i], now());
		if (ms <= wait)
			continue;
		wait = ms;
		if (name != NULL)
			name_of(&a->rates[i], name);
	}
	return wait;
}

void
allowance_take(struct allowance *a, uint64_t n)
{
	uint64_t ahead = UINT64_MAX;

	for (size_t i = 0; i < a->nrates; i++) {
		rate_take(&a->rates[i], n, now());
		if (share(&a->rates[i]) < ahead)
			ahead = share(&a->rates[i]);
	}
	if (a->nrates == 0)
		return;
	if (a->ahead < n)
		save(a, ahead);
	else
		a->ahead -= n;
}

void
allowance_give_back(struct allowance *a, uint64_t n)
{
	for (size_t i = 0; i < a->nrates; i++)
		rate_give_back(&a->rates[i], n, now());
}

void
allowance_close(struct allowance *a)
{
	if (a->nrates > 0)
		save(a, 0);
	free(a->rates);
	*a = (struct allowance){ 0 };
}
