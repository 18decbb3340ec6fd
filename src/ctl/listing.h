#ifndef CTL_LISTING_H
#define CTL_LISTING_H

#include <stddef.h>
#include <stdint.h>

struct entry;
struct message;

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

/* Directories, as bits of enum spool_state. */
enum {
	LISTING_NEW = 1 << 1,
	LISTING_CUR = 1 << 2,
	LISTING_HOLD = 1 << 3,
	LISTING_FAILED = 1 << 4,
	LISTING_QUEUE = LISTING_NEW | LISTING_CUR | LISTING_HOLD,
	LISTING_ALL = LISTING_QUEUE | LISTING_FAILED,
};

/*
 * Reads what is in these of them, each message once.  Ends the program when
 * it cannot.
 */
void listing_read(struct listing *, int spool, unsigned states);

/* The one with this ID, or NULL. */
const struct listed *listing_find(const struct listing *, const char *id);

void listing_free(struct listing *);

struct entry listed_entry(const struct listed *);

/*
 * Opens it; if it is corrupt or cannot be read, that is said.  One of enum
 * message_error, as message_open has it (spool/message.h).
 */
int listed_open(const struct listed *, int spool, struct message *);

/* Its state in a word for people: "deferred" and so on; a constant. */
const char *listed_state(const struct listed *);

#endif
