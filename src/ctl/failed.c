#include <config.h>

#include "ctl/failed.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "ctl/change.h"
#include "ctl/hints.h"
#include "ctl/list.h"
#include "ctl/listing.h"
#include "ctl/moving.h"
#include "ctl/selection.h"
#include "ctl/setup.h"
#include "ctl/verbs.h"
#include "mail/envelope.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"

/* Whoever did not get it is to get it, or its sender to be told again. */
static int
reset_marks(struct message *m, int spool, const struct entry *entry)
{
	struct envelope *e = m->envelope;

	if (message_reopen(m, spool, SPOOL_FAILED, entry) == -1)
		return -1;
	for (size_t i = 0; i < e->nrecipients; i++) {
		struct recipient *r = &e->recipients[i];

		if (r->state != RECIPIENT_FAILED)
			continue;
		r->state = RECIPIENT_DUE;
		r->told = TOLD_NOTHING;
		if (message_mark(m, r) == -1)
			return -1;
	}
	return message_sync(m);
}

/* Whether a submission has this name now. */
static bool
is_taken(int spool, const char *id)
{
	struct stat st;

	return spool_stat(spool, SPOOL_TMP, id, &st) == 0;
}

/*
 * Its lifetime begins anew, which is what the name says; so it gets another,
 * as from postsuper -r.
 */
static int
move_to_new(int spool, const struct entry *entry, struct entry *as)
{
	char id[ENTRY_ID_SIZE], newid[ENTRY_ID_SIZE];
	int result;

	entry_id(entry, id);
	*as = (struct entry){
		.arrival = (uint64_t)(date_now() * 1e6),
		.next = -1,
	};
	do {
		as->arrival++;
		entry_id(as, newid);
		errno = EEXIST;
		result = is_taken(spool, newid) ? -1 :
		    spool_move(spool, SPOOL_FAILED, id, SPOOL_NEW, newid);
	} while (result == -1 && errno == EEXIST);
	return result;
}

/* The marks first: nobody is due in a message that comes back as it is. */
static int
requeue(int spool, const struct listed *listed, struct entry *as)
{
	struct entry entry = listed_entry(listed);
	struct message m;
	int error = listed_open(listed, spool, &m), result = -1;

	if (error == MESSAGE_CORRUPT || error == MESSAGE_UNREADABLE)
		return error == MESSAGE_CORRUPT ? EX_DATAERR : EX_OSERR;
	if (error == MESSAGE_OK) {
		result = reset_marks(&m, spool, &entry);
		if (result == 0)
			result = move_to_new(spool, &entry, as);
		message_close(&m);
	}
	return result == 0 ? EX_OK : moving_failed(listed, "requeued");
}

static int
check_failed(const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE];

	if (listed->state == SPOOL_FAILED)
		return 0;
	entry_id(&entry, id);
	log_warnx("%s: has not failed: it is in %s/", id,
	    spool_name((enum spool_state)listed->state));
	return -1;
}

static int
requeue_one(void *hints, int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed), as;
	char id[ENTRY_ID_SIZE], newid[ENTRY_ID_SIZE];
	int status;

	if (check_failed(listed) == -1)
		return EX_DATAERR;
	status = requeue(spool, listed, &as);
	if (status != EX_OK)
		return status;
	entry_id(&entry, id);
	entry_id(&as, newid);
	printf("%s: requeued as %s\n", id, newid);
	/* Postfix's postsuper names no new one. */
	log_event(LOG_OWN, id, "requeued as %s", newid);
	hints_add(hints, "", &as);
	return EX_OK;
}

static int
drop_one(void *arg, int spool, const struct listed *listed)
{
	return check_failed(listed) == -1 ? EX_DATAERR :
	    verbs_remove_one(arg, spool, listed);
}

static int
failed_list(const char *config, int argc, char **argv)
{
	struct selection selection;
	const char *empty;

	if (selection_parse(&selection, false, argc, argv) == -1 ||
	    optind < argc)
		return EX_USAGE;
	empty = selection_is_given(&selection) ? "No such message" :
	    "No message has failed";
	selection.states = LISTING_FAILED;
	return list_messages(setup_spool(config), &selection, empty, true);
}

int
verb_failed(const char *config, int argc, char **argv)
{
	static const struct change requeue_them = {
		.all = LISTING_FAILED,
		.one = requeue_one,
	};
	static const struct change drop = {
		.all = LISTING_FAILED,
		.one = drop_one,
	};
	const char *verb = argc > 1 ? argv[1] : "";

	argc--;
	argv++;
	if (strcmp(verb, "list") == 0)
		return failed_list(config, argc, argv);
	if (strcmp(verb, "requeue") == 0)
		return change_run(&requeue_them, config, argc, argv);
	if (strcmp(verb, "drop") == 0)
		return change_run(&drop, config, argc, argv);
	return EX_USAGE;
}
