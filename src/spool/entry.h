#ifndef SPOOL_ENTRY_H
#define SPOOL_ENTRY_H

#include <stdint.h>

/*
 * The name of a spool file carries the schedule: ID in new/, ID.NEXT in
 * cur/.  The ID is the arrival in microseconds since the epoch as 13
 * upper-case hexadecimal digits: short, sorted by arrival, and of the form of
 * a Postfix queue ID.  NEXT is the time of the next attempt in seconds.
 */
enum {
	ENTRY_ID = 13,			/* digits: until the year 2112 */
	ENTRY_ID_SIZE = ENTRY_ID + 1,
	ENTRY_NAME_SIZE = ENTRY_ID + 22,
};

struct entry {
	uint64_t arrival;	/* microseconds since the epoch */
	int64_t next;		/* seconds since the epoch; -1: no NEXT */
};

void entry_id(const struct entry *, char id[ENTRY_ID_SIZE]);
void entry_name(const struct entry *, char name[ENTRY_NAME_SIZE]);

/* 0, or -1 when the name is not of this form to the letter. */
int entry_parse(struct entry *, const char *name);

#endif
