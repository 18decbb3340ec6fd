#include <config.h>

#include "spool/location.h"

#include <stddef.h>

#include "spool/entry.h"
#include "spool/spool.h"

static int
compare(void *arg, const char *name)
{
	struct location *p = arg;
	struct entry entry;

	if (entry_parse(&entry, name) == -1 || entry.arrival != p->arrival)
		return 0;
	p->next = entry.next;
	return 1;
}

/* By every way that a message takes, one that goes on is met. */
int
location_find(struct location *p, int spool)
{
	static const enum spool_state states[] = {
		SPOOL_HOLD, SPOOL_NEW, SPOOL_CUR, SPOOL_HOLD, SPOOL_FAILED,
		SPOOL_NEW, SPOOL_CUR,
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]) &&
	    result == 0; i++) {
		p->state = (int)states[i];
		result = spool_scan(spool, states[i], compare, p);
	}
	return result;
}
