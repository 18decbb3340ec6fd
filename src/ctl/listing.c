#include <config.h>

#include "ctl/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/xmalloc.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"

_Static_assert((int)LISTING_NEW == 1 << SPOOL_NEW &&
    (int)LISTING_CUR == 1 << SPOOL_CUR &&
    (int)LISTING_HOLD == 1 << SPOOL_HOLD &&
    (int)LISTING_FAILED == 1 << SPOOL_FAILED, "they are its bits");

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

	if (a->arrival != b->arrival)
		return a->arrival < b->arrival ? -1 : 1;
	/* Where it was met last comes first. */
	if (a->state != b->state)
		return a->state < b->state ? 1 : -1;
	return a->next < b->next ? 1 : -1;
}

static int
compare_arrival(const void *va, const void *vb)
{
	const struct listed *a = va, *b = vb;

	return a->arrival < b->arrival ? -1 : a->arrival > b->arrival;
}

/* What has two names here has moved on while they were read. */
static void
remove_doubles(struct listing *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->len; i++)
		if (n == 0 || l->items[n - 1].arrival != l->items[i].arrival)
			l->items[n++] = l->items[i];
	l->len = n;
}

void
listing_read(struct listing *l, int spool, unsigned states)
{
	for (int i = 0; i < SPOOL_STATES; i++) {
		struct reader r = { .listing = l, .state = i };

		if ((states & LISTING_ALL & 1u << i) == 0 ||
		    spool_scan(spool, (enum spool_state)i, add, &r) == 0)
			continue;
		if (errno == EACCES)
			fatalx(EX_NOPERM, "only root and the owner of the "
			    "spool may look into the queue");
		fatal(EX_OSERR, "cannot read %s/",
		    spool_name((enum spool_state)i));
	}
	if (l->len > 0)
		qsort(l->items, l->len, sizeof(*l->items), compare);
	remove_doubles(l);
}

const struct listed *
listing_find(const struct listing *l, const char *id)
{
	struct entry entry;
	struct listed key;

	if (l->len == 0 || entry_parse(&entry, id) == -1 || entry.next != -1)
		return NULL;
	key = (struct listed){ .arrival = entry.arrival };
	return bsearch(&key, l->items, l->len, sizeof(*l->items),
	    compare_arrival);
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

int
listed_open(const struct listed *listed, int spool, struct message *m)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE];
	const char *why = NULL;
	enum message_error error =
	    message_open(m, spool, listed->state, &entry, &why);

	entry_id(&entry, id);
	if (error == MESSAGE_UNREADABLE)
		log_warn("%s: cannot be read", id);
	else if (error == MESSAGE_CORRUPT)
		log_warnx("%s: is corrupt: %s", id, why);
	return (int)error;
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
