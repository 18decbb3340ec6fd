#include <config.h>

#include "ctl/hold.h"

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "ctl/change.h"
#include "ctl/hints.h"
#include "ctl/listing.h"
#include "ctl/moving.h"
#include "spool/entry.h"
#include "spool/spool.h"

/*
 * Its submitter locks a file in new/ until he is told whether it was accepted
 * (draft.h), and may take it back under that name.  Where there are no locks,
 * nobody can wait for one.
 */
static int
check_submitted(int spool, const struct entry *entry)
{
	int fd = spool_open_entry(spool, SPOOL_NEW, entry, O_RDONLY), result;

	if (fd == -1)
		return -1;
	result = flock(fd, LOCK_SH | LOCK_NB);
	if (result == -1 && errno != EWOULDBLOCK)
		result = 0;
	close(fd);
	if (result == -1)
		errno = EBUSY;
	return result;
}

/* In hold/ it keeps its name, which says whether it has been tried. */
static int
move_to_hold(void *arg, int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char name[ENTRY_NAME_SIZE];

	(void)arg;
	if (listed->state == SPOOL_HOLD)
		return 0;
	if (listed->state == SPOOL_FAILED) {
		errno = ECANCELED;
		return -1;
	}
	if (listed->state == SPOOL_NEW && check_submitted(spool, &entry) == -1)
		return -1;
	entry_name(&entry, name);
	return spool_move(spool, (enum spool_state)listed->state, name,
	    SPOOL_HOLD, name);
}

static int
hold_one(void *hints, int spool, const struct listed *listed)
{
	if (moving_try(spool, listed, move_to_hold, NULL) == -1)
		return moving_failed(listed, "held");
	moving_done(hints, listed, "held", "placed on hold");
	return EX_OK;
}

static int
move_from_hold(void *hints, int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char name[ENTRY_NAME_SIZE], newname[ENTRY_NAME_SIZE];
	enum spool_state to = entry.next == -1 ? SPOOL_NEW : SPOOL_CUR;

	if (listed->state != SPOOL_HOLD) {
		errno = listed->state == SPOOL_FAILED ? ECANCELED : EALREADY;
		return -1;
	}
	entry_name(&entry, name);
	if (to == SPOOL_CUR)
		entry.next = date_seconds();
	entry_name(&entry, newname);
	if (spool_move(spool, SPOOL_HOLD, name, to, newname) == -1)
		return -1;
	hints_add(hints, "", &entry);
	return 0;
}

static int
release_one(void *hints, int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE];

	if (moving_try(spool, listed, move_from_hold, hints) == 0) {
		moving_done(hints, listed, "released", "released from hold");
		return EX_OK;
	}
	if (errno != EALREADY)
		return moving_failed(listed, "released");
	entry_id(&entry, id);
	log_warnx("%s: is not held", id);
	return EX_DATAERR;
}

int
verb_hold(const char *config, int argc, char **argv)
{
	static const struct change hold = {
		.states = true,
		.all = LISTING_NEW | LISTING_CUR,
		.one = hold_one,
	};

	return change_run(&hold, config, argc, argv);
}

int
verb_release(const char *config, int argc, char **argv)
{
	static const struct change release = {
		.all = LISTING_HOLD,
		.one = release_one,
	};

	return change_run(&release, config, argc, argv);
}
