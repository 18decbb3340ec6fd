#ifndef CTL_CHECK_PLACE_H
#define CTL_CHECK_PLACE_H

#include <sys/types.h>

#include <stdbool.h>

struct account;
struct buf;
struct checklist;
struct config;

/* What a check looks at, and who does. */
struct place {
	struct checklist *list;
	const char *file;	/* that -C names, or NULL */
	const struct config *cfg;
	int spool;		/* -1: it cannot be found */
	int error;		/* why, an errno */
	uid_t uid;		/* whose it is */
	gid_t gid;
	struct account *account; /* the same by name */
	bool owner;		/* we are that: nothing is hidden from us */
};

/*
 * Finds the spool of the configuration, without making anything, and becomes
 * its owner if root runs us.
 */
void place_find(struct place *);

/* Appends how onehopctl is called for it: "onehopctl -C FILE VERB". */
void place_command(const struct place *, const char *verb, struct buf *);

#endif
