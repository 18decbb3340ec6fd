#include <config.h>

#include "ctl/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/xmalloc.h"
#include "spool/entry.h"
#include "spool/spool.h"

enum { LISTING_FIRST = 64 };

struct reader {
	struct listing *listing;
	int state;
};

static int
add(void *arg, const char *name)
{
	struct reader *r = arg;
	struct listing *l = r->listing;
	struct entry entry;

	if (entry_parse(&entry, name) == -1)
		return 0;
	if (l->len == l->size) {
		l->size = l->size == 0 ? LISTING_FIRST : 2 * l->size;
		l->items = xreallocarray(l->items, l->size,
		    sizeof(*l->items));
	}
	l->items[l->len++] = (struct listed){
		.arrival = entry.arrival,
		.next = entry.next,
		.state = r->state,
	};
	return 0;
}

static int
compare(const void *va, const void *vb)
{
	const struct listed *a = va, *b = vb;

	return a->arrival < b->arrival ? -1 : a->arrival > b->arrival;
}

static void
read_states(struct listing *l, int spool, size_t n)
{
	static const enum spool_state states[] = {
		SPOOL_NEW, SPOOL_CUR, SPOOL_HOLD, SPOOL_FAILED,
	};

	for (size_t i = 0; i < n; i++) {
		struct reader r = { .listing = l, .state = (int)states[i] };

		if (spool_scan(spool, states[i], add, &r) == 0)
			continue;
		if (errno == EACCES)
			fatalx(EX_NOPERM, "only root and the owner of the "
			    "spool may look into the queue");
		fatal(EX_OSERR, "cannot read %s/", spool_name(states[i]));
	}
	if (l->len > 0)
		qsort(l->items, l->len, sizeof(*l->items), compare);
}

void
listing_read_queue(struct listing *l, int spool)
{
	read_states(l, spool, 3);
}

void
listing_read_all(struct listing *l, int spool)
{
	read_states(l, spool, 4);
}

const struct listed *
listing_find(const struct listing *l, const char *id)
{
	struct entry entry;
	struct listed key;

	if (l->len == 0 || entry_parse(&entry, id) == -1 || entry.next != -1)
		return NULL;
	key = (struct listed){ .arrival = entry.arrival };
	return bsearch(&key, l->items, l->len, sizeof(*l->items), compare);
}

void
listing_free(struct listing *l)
{
	free(l->items);
	*l = (struct listing){ 0 };
}

struct entry
listed_entry(const struct listed *listed)
{
	return (struct entry){
		.arrival = listed->arrival,
		.next = listed->next,
	};
}

const char *
listed_state(const struct listed *listed)
{
	static const char *const names[SPOOL_STATES] = {
		[SPOOL_NEW] = "new",
		[SPOOL_CUR] = "deferred",
		[SPOOL_HOLD] = "hold",
		[SPOOL_FAILED] = "failed",
	};

	return names[listed->state];
}
