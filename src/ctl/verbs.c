#include <config.h>

#include "ctl/verbs.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "ctl/change.h"
#include "ctl/each.h"
#include "ctl/hints.h"
#include "ctl/history.h"
#include "ctl/listing.h"
#include "ctl/logs.h"
#include "ctl/moving.h"
#include "ctl/selection.h"
#include "ctl/setup.h"
#include "ctl/show.h"
#include "spool/entry.h"
#include "spool/spool.h"
#include "spool/trigger.h"

int
verb_show(const char *config, int argc, char **argv)
{
	struct selection selection;
	struct history history;
	struct each each = {
		.selection = &selection,
		.all = LISTING_QUEUE,
		.one = show,
		.arg = &history,
	};
	struct logs *logs;
	int status;

	if (selection_parse(&selection, true, argc, argv) == -1 ||
	    optind == argc)
		return EX_USAGE;
	/* The log is root's to read, who is not root any more after that. */
	history_init(&history, argv + optind);
	logs = logs_open(&history);
	each.spool = setup_spool(config);
	logs_read(logs, &history);
	status = each_named(&each, argv + optind);
	history_free(&history);
	return status;
}

static int
remove_file(void *arg, int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char name[ENTRY_NAME_SIZE];

	(void)arg;
	entry_name(&entry, name);
	return spool_remove(spool, (enum spool_state)listed->state, name);
}

int
verbs_remove_one(void *hints, int spool, const struct listed *listed)
{
	if (moving_try(spool, listed, remove_file, NULL) == -1)
		return moving_failed(listed, "removed");
	moving_done(hints, listed, "removed", "removed");
	return EX_OK;
}

int
verb_remove(const char *config, int argc, char **argv)
{
	static const struct change change = {
		.states = true,
		.all = LISTING_QUEUE,
		.one = verbs_remove_one,
	};

	return change_run(&change, config, argc, argv);
}

/*
 * Its name says that it is due, so that it is tried even if the hint is lost.
 * Only the flusher knows whether it is on its way already.
 */
static int
make_due(void *hints, int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed), due = entry;
	char name[ENTRY_NAME_SIZE], newname[ENTRY_NAME_SIZE];
	int64_t now = date_seconds();

	if (listed->state == SPOOL_FAILED || listed->state == SPOOL_HOLD) {
		errno = listed->state == SPOOL_HOLD ? EALREADY : ECANCELED;
		return -1;
	}
	if (entry.next > now)
		due.next = now;
	entry_name(&entry, name);
	entry_name(&due, newname);
	if (spool_move(spool, (enum spool_state)listed->state, name,
	    (enum spool_state)listed->state, newname) == -1)
		return -1;
	hints_add(hints, TRIGGER_RETRY, &due);
	return 0;
}

static int
retry_one(void *hints, int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE];

	if (moving_try(spool, listed, make_due, hints) == 0)
		return EX_OK;
	if (errno != EALREADY)
		return moving_failed(listed, "retried");
	entry_id(&entry, id);
	log_warnx("%s: is held; onehopctl release makes it due", id);
	return EX_DATAERR;
}

int
verb_retry(const char *config, int argc, char **argv)
{
	static const struct change change = {
		.states = true,
		.all = LISTING_NEW | LISTING_CUR,
		.wakes = true,
		.one = retry_one,
	};
	struct selection selection;
	char *all[] = { (char *)"ALL", NULL };
	int spool;

	if (selection_parse(&selection, true, argc, argv) == -1)
		return EX_USAGE;
	spool = setup_spool(config);
	if (optind < argc && strcmp(argv[optind], "ALL") != 0)
		return change_selection(&change, spool, &selection,
		    argv + optind);
	if (selection_is_given(&selection))
		return change_selection(&change, spool, &selection, all);
	if (trigger_write(spool, TRIGGER_FLUSH) == 0 || errno == EAGAIN)
		return EX_OK;
	return change_not_woken();
}
