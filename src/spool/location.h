#ifndef SPOOL_LOCATION_H
#define SPOOL_LOCATION_H

#include <stdint.h>

/*
 * Where a message is: its directory (an enum spool_state) and its name there,
 * which change while it is held, released, retried or deferred.
 */
struct location {
	int state;
	uint64_t arrival;	/* as in struct entry */
	int64_t next;		/* as in struct entry */
};

/*
 * Finds the message that arrived at p->arrival in new/, cur/, hold/ or
 * failed/, and fills in the rest.  It reads the directories, so this is for
 * what is not where it should be.  1; 0 when it is in none; -1 and errno.
 */
int location_find(struct location *, int spool);

#endif
