#ifndef FLUSH_FAILED_H
#define FLUSH_FAILED_H

#include <stdint.h>

/*
 * The messages in failed/: each is removed 30 days after its last mark was
 * written.  They are looked through at the start and once a day, and not at
 * all when there are none.  Times are monotonic, in milliseconds.
 */
enum { FAILED_KEPT = 30 * 24 * 60 * 60 };	/* seconds */

struct failed {
	int64_t at;		/* INT64_MAX: there is none */
};

/* A message was moved there at this time. */
void failed_expect(struct failed *, int64_t clock);

/* Looks through them if it is time. */
void failed_run(struct failed *, int spool, int64_t clock);

#endif
