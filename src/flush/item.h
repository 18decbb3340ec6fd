#ifndef FLUSH_ITEM_H
#define FLUSH_ITEM_H

#include <stdint.h>

struct entry;

/*
 * A message of the queue.  The directory is what counts: an item is a hint
 * that may be there twice or name a file that is gone, which shows when it is
 * opened.
 */
struct item {
	uint64_t arrival;	/* as in struct entry */
	int64_t next;		/* as in struct entry */
	int64_t due;		/* seconds since the epoch */
};

/* Its name, and the directory where it is: an enum spool_state. */
struct entry item_entry(const struct item *);
int item_state(const struct item *);

#endif
