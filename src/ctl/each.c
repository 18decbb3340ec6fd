#include <config.h>

#include "ctl/each.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include "base/date.h"
#include "base/log.h"
#include "ctl/listing.h"
#include "ctl/selection.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"

/* What has just gone has none. */
static bool
has_envelope(const struct each *each, const struct listed *listed, int *status)
{
	struct message m;
	int error = listed_open(listed, each->spool, &m);
	bool has;

	if (error == MESSAGE_UNREADABLE)
		*status = EX_OSERR;
	if (error != MESSAGE_OK)
		return false;
	has = selection_has_envelope(each->selection, listed->state,
	    m.envelope);
	message_close(&m);
	return has;
}

/* Does it to one, if that is in the selection. */
static void
do_it(const struct each *each, const struct listed *listed, int64_t now,
    int *status)
{
	int result;

	if (!selection_has(each->selection, listed, now))
		return;
	if (selection_wants_envelope(each->selection) &&
	    !has_envelope(each, listed, status))
		return;
	result = each->one(each->arg, each->spool, listed);
	if (result != EX_OK)
		*status = result;
}

static void
do_all(const struct each *each, const struct listing *listing, int64_t now,
    int *status)
{
	unsigned states = each->selection->states != 0 ?
	    each->selection->states : each->all;

	for (size_t i = 0; i < listing->len; i++)
		if (states & 1u << listing->items[i].state)
			do_it(each, &listing->items[i], now, status);
}

int
each_named(const struct each *each, char **ids)
{
	struct listing listing = { 0 };
	const struct listed *listed;
	int64_t now = date_seconds();
	int status = EX_OK;

	listing_read(&listing, each->spool, LISTING_ALL);
	for (; *ids != NULL; ids++) {
		listed = listing_find(&listing, *ids);
		if (listed != NULL)
			do_it(each, listed, now, &status);
		else if (strcmp(*ids, "ALL") == 0)
			do_all(each, &listing, now, &status);
		else {
			log_warnx("%s: there is no such message", *ids);
			status = EX_DATAERR;
		}
	}
	listing_free(&listing);
	return status;
}
