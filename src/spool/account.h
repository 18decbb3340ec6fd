#ifndef SPOOL_ACCOUNT_H
#define SPOOL_ACCOUNT_H

#include <sys/types.h>

/* Whose a file is, for people: by name where there is one, or as a number. */
struct account {
	char user[64];
	char group[64];
};

void account_find(struct account *, uid_t, gid_t);

#endif
