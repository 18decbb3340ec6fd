#include <config.h>

#include "ctl/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "ctl/listing.h"
#include "ctl/setup.h"
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

static int
remove_one(int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE], name[ENTRY_NAME_SIZE];

	entry_id(&entry, id);
	entry_name(&entry, name);
	if (spool_remove(spool, (enum spool_state)listed->state, name) == 0)
		printf("%s: removed\n", id);
	else if (errno == ENOENT)
		log_warnx("%s: has moved on; look again", id);
	else {
		log_warn("%s: cannot be removed", id);
		return EX_OSERR;
	}
	return EX_OK;
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

/* Only the flusher knows whether the message is on its way already. */
static int
retry_one(int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char name[ENTRY_NAME_SIZE];
	char line[sizeof(TRIGGER_RETRY) + sizeof(name)];

	entry_name(&entry, name);
	if (listed->state == SPOOL_HOLD || listed->state == SPOOL_FAILED) {
		log_warnx("%s: is in %s/, not in the queue", name,
		    spool_name((enum spool_state)listed->state));
		return EX_DATAERR;
	}
	snprintf(line, sizeof(line), TRIGGER_RETRY "%s", name);
	return wake(spool, line);
}

int
verb_show(const char *config, int argc, char **argv)
{
	return argc < 2 ? EX_USAGE :
	    each(setup_spool(config), argv + 1, show);
}

/* What is said to be removed does not come back. */
static int
sync_names(int spool)
{
	static const enum spool_state states[] = {
		SPOOL_NEW, SPOOL_CUR, SPOOL_HOLD, SPOOL_FAILED,
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (spool_sync(spool, states[i]) == -1) {
			log_warn("cannot sync %s/: what was removed may come "
			    "back after a power cut", spool_name(states[i]));
			return EX_OSERR;
		}
	return EX_OK;
}

int
verb_remove(const char *config, int argc, char **argv)
{
	int spool, status, synced;

	if (argc < 2)
		return EX_USAGE;
	spool = setup_spool(config);
	status = each(spool, argv + 1, remove_one);
	synced = sync_names(spool);
	return status != EX_OK ? status : synced;
}

int
verb_retry(const char *config, int argc, char **argv)
{
	int spool = setup_spool(config);

	if (argc < 2 || strcmp(argv[1], "ALL") == 0)
		return wake(spool, TRIGGER_FLUSH);
	return each(spool, argv + 1, retry_one);
}
