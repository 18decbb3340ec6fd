#include <config.h>

#include "ctl/moving.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/log.h"
#include "ctl/hints.h"
#include "ctl/listing.h"
#include "spool/entry.h"
#include "spool/location.h"
#include "spool/spool.h"

int
moving_try(int spool, const struct listed *listed,
    int (*move)(void *arg, int spool, const struct listed *), void *arg)
{
	struct location place = { .arrival = listed->arrival };
	struct listed now = *listed;
	int found, result;

	while ((result = move(arg, spool, &now)) == -1 && errno == ENOENT) {
		found = location_find(&place, spool);
		if (found == 0)
			errno = ENOENT;
		if (found != 1)
			break;
		now.state = place.state;
		now.next = place.next;
	}
	return result;
}

void
moving_done(struct hints *hints, const struct listed *listed,
    const char *said, const char *logged)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE];

	entry_id(&entry, id);
	printf("%s: %s\n", id, said);
	hints_log(hints, id, logged);
}

int
moving_failed(const struct listed *listed, const char *what)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE];

	entry_id(&entry, id);
	switch (errno) {
	case ENOENT:
		log_warnx("%s: has just gone: it was sent, or removed", id);
		return EX_DATAERR;
	case EBUSY:
		log_warnx("%s: is just being submitted; try again", id);
		return EX_TEMPFAIL;
	case ECANCELED:
		log_warnx("%s: has failed; onehopctl failed requeue puts it "
		    "back into the queue", id);
		return EX_DATAERR;
	default:
		log_warn("%s: cannot be %s", id, what);
		return EX_OSERR;
	}
}

int
moving_sync(int spool)
{
	static const enum spool_state states[] = {
		SPOOL_NEW, SPOOL_CUR, SPOOL_HOLD, SPOOL_FAILED,
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (spool_sync(spool, states[i]) == -1) {
			log_warn("cannot sync %s/: a power cut may undo "
			    "what was done", spool_name(states[i]));
			return EX_OSERR;
		}
	return EX_OK;
}
