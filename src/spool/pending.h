#ifndef SPOOL_PENDING_H
#define SPOOL_PENDING_H

#include <stddef.h>
#include <stdint.h>

/*
 * The name that a notification has in tmp/ until the original says that its
 * sender was told: ID.KIND.END.OWN, by which it can be told after a crash what
 * it is about.  No submission has such a name.
 */
enum {
	PENDING_PREFIX_SIZE = 48,
	PENDING_NAME_SIZE = PENDING_PREFIX_SIZE + 14,
};

struct pending {
	uint64_t original;	/* its arrival, which is its ID (entry.h) */
	int kind;		/* enum notification_kind */
	size_t end;		/* behind the last recipient that it tells of */
	uint64_t own;		/* the arrival of the notification */
};

/* The name; and all of it but OWN. */
void pending_name(const struct pending *, char name[PENDING_NAME_SIZE]);
void pending_prefix(const struct pending *, char prefix[PENDING_PREFIX_SIZE]);

/* 0, or -1 when the name is not of this form to the letter. */
int pending_parse(struct pending *, const char *name);

#endif
