#include <config.h>

#include "spool/census.h"

#include <stddef.h>

#include "base/exposition.h"
#include "spool/entry.h"
#include "spool/spool.h"

enum { KINDS = 5 };

/* Where each is, and its name. */
static const struct kind {
	enum spool_state state;
	const char *name;
	size_t offset;		/* in struct census */
} kinds[KINDS] = {
	{ SPOOL_NEW, "new", offsetof(struct census, fresh) },
	{ SPOOL_CUR, "deferred", offsetof(struct census, deferred) },
	{ SPOOL_HOLD, "hold", offsetof(struct census, held) },
	{ SPOOL_FAILED, "failed", offsetof(struct census, failed) },
	{ SPOOL_CORRUPT, "corrupt", offsetof(struct census, corrupt) },
};

static int
count(void *arg, const char *name)
{
	struct counted *c = arg;
	struct entry entry;

	if (entry_parse(&entry, name) == -1)
		return 0;
	c->messages++;
	if (c->oldest == 0 || entry.arrival < c->oldest)
		c->oldest = entry.arrival;
	return 0;
}

/* What is there is no message, whatever it is called. */
static int
count_any(void *arg, const char *name)
{
	struct counted *c = arg;

	(void)name;
	c->messages++;
	return 0;
}

int
census_take(struct census *census, int spool)
{
	*census = (struct census){ 0 };
	for (int i = 0; i < KINDS; i++)
		if (spool_scan(spool, kinds[i].state,
		    kinds[i].state == SPOOL_CORRUPT ? count_any : count,
		    (char *)census + kinds[i].offset) == -1)
			return -1;
	return 0;
}

struct counted
census_waiting(const struct census *c)
{
	struct counted all = c->fresh;

	all.messages += c->deferred.messages;
	if (all.oldest == 0 ||
	    (c->deferred.oldest != 0 && c->deferred.oldest < all.oldest))
		all.oldest = c->deferred.oldest;
	return all;
}

static const struct counted *
counted_of(const struct census *c, int i)
{
	return (const void *)((const char *)c + kinds[i].offset);
}

void
census_print(const struct census *c, struct buf *out)
{
	static const char messages[] = "onehop_queue_messages";
	static const char oldest[] =
	    "onehop_queue_oldest_arrival_timestamp_seconds";

	exposition_family(out, messages, "gauge",
	    "Messages in the spool, by state.");
	for (int i = 0; i < KINDS; i++)
		exposition_integer(out, messages, "state", kinds[i].name,
		    counted_of(c, i)->messages);
	exposition_family(out, oldest, "gauge",
	    "When the oldest message of a state arrived, if there is one.");
	for (int i = 0; i < KINDS; i++)
		if (counted_of(c, i)->oldest > 0)
			exposition_seconds(out, oldest, "state",
			    kinds[i].name,
			    (double)counted_of(c, i)->oldest / 1e6);
}
