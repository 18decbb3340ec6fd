#ifndef SPOOL_CENSUS_H
#define SPOOL_CENSUS_H

#include <stdint.h>

struct buf;

/*
 * How many messages are in the spool, from the names in its directories,
 * without opening a file.  What moves meanwhile may be counted twice or not at
 * all.
 */
struct counted {
	uint64_t messages;
	uint64_t oldest;	/* its arrival, as in struct entry; 0: none */
};

struct census {
	struct counted fresh;	/* not yet tried: new/ */
	struct counted deferred; /* cur/ */
	struct counted held;
	struct counted failed;
	struct counted corrupt;	/* whatever is there; oldest is not known */
};

/* 0, or -1 and errno: EACCES for who is not the owner. */
int census_take(struct census *, int spool);

/* Those that are to be sent: not yet tried and deferred ones. */
struct counted census_waiting(const struct census *);

/* Appends it as metrics (exposition.h). */
void census_print(const struct census *, struct buf *);

#endif
