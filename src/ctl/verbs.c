#include <config.h>

#include "ctl/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/log.h"
#include "ctl/listing.h"
#include "ctl/show.h"
#include "spool/entry.h"
#include "spool/spool.h"
#include "spool/trigger.h"

/* Does one verb to each message that is named. */
static int
each(int spool, char **ids, int (*verb)(int spool, const struct listed *))
{
	struct listing listing = { 0 };
	int status = EX_OK, result;

	listing_read_all(&listing, spool);
	for (; *ids != NULL; ids++) {
		const struct listed *one = listing_find(&listing, *ids);

		if (one != NULL) {
			result = verb(spool, one);
			status = result != EX_OK ? result : status;
		} else if (strcmp(*ids, "ALL") != 0) {
			log_warnx("%s: there is no such message", *ids);
			status = EX_DATAERR;
		}
		for (size_t i = 0; one == NULL && i < listing.len &&
		    strcmp(*ids, "ALL") == 0; i++) {
			if (listing.items[i].state == SPOOL_FAILED)
				continue;
			result = verb(spool, &listing.items[i]);
			status = result != EX_OK ? result : status;
		}
	}
	listing_free(&listing);
	return status;
}

/* A failure to do it, unless somebody else was faster. */
static int
result_of(int result, const char *id, const char *what)
{
	if (result == 0 || errno == ENOENT)
		return EX_OK;
	log_warn("%s: cannot be %s", id, what);
	return EX_OSERR;
}

static int
remove_one(int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE], name[ENTRY_NAME_SIZE];
	int result;

	entry_id(&entry, id);
	entry_name(&entry, name);
	result = spool_remove(spool, (enum spool_state)listed->state, name);
	if (result == 0)
		printf("%s: removed\n", id);
	return result_of(result, id, "removed");
}

/* A new name says that it is due now; the flusher is told to look at it. */
static int
retry_one(int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE], old[ENTRY_NAME_SIZE], name[ENTRY_NAME_SIZE];
	int result = 0;

	entry_id(&entry, id);
	if (listed->state == SPOOL_HOLD || listed->state == SPOOL_FAILED) {
		log_warnx("%s: is in %s/, not in the queue", id,
		    spool_name((enum spool_state)listed->state));
		return EX_DATAERR;
	}
	entry_name(&entry, old);
	entry_name(&entry, name);
	if (listed->state == SPOOL_CUR && entry.next > time(NULL)) {
		entry.next = (int64_t)time(NULL);
		entry_name(&entry, name);
		result = spool_move(spool, SPOOL_CUR, old, SPOOL_CUR, name);
	}
	if (result == 0)
		trigger_write(spool, name);
	return result_of(result, id, "tried again");
}

static int
wake(int spool, const char *line)
{
	if (trigger_write(spool, line) == 0 || errno == EAGAIN)
		return EX_OK;
	if (errno == ENXIO)
		log_warnx("onehop-flush is not running; start it, or run "
		    "onehop-flush -q");
	else
		log_warn("cannot wake onehop-flush");
	return EX_TEMPFAIL;
}

int
verb_show(int spool, char **ids)
{
	return each(spool, ids, show);
}

int
verb_remove(int spool, char **ids)
{
	return each(spool, ids, remove_one);
}

int
verb_retry(int spool, char **ids)
{
	int status, woken;

	if (*ids == NULL || strcmp(*ids, "ALL") == 0)
		return wake(spool, TRIGGER_FLUSH);
	status = each(spool, ids, retry_one);
	woken = wake(spool, TRIGGER_RETRY);
	return status != EX_OK ? status : woken;
}
