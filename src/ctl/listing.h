#ifndef CTL_LISTING_H
#define CTL_LISTING_H

#include <stddef.h>
#include <stdint.h>

struct entry;

/* The names in the spool, sorted by arrival. */
struct listed {
	uint64_t arrival;	/* as in struct entry */
	int64_t next;
	int state;		/* enum spool_state */
};

struct listing {
	struct listed *items;
	size_t len;
	size_t size;
};

/*
 * Reads what is in the queue: new/, cur/ and hold/; or that and failed/.
 * Ends the program when it cannot.
 */
void listing_read_queue(struct listing *, int spool);
void listing_read_all(struct listing *, int spool);

/* The one with this ID, or NULL. */
const struct listed *listing_find(const struct listing *, const char *id);

void listing_free(struct listing *);

struct entry listed_entry(const struct listed *);

/* Its state in a word for people: "deferred" and so on; a constant. */
const char *listed_state(const struct listed *);

#endif
