#ifndef BASE_PASSWD_H
#define BASE_PASSWD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/* What passwd(5) says of an account; the strings stand in its text. */
struct passwd_entry {
	const char *name;
	size_t namelen;
	const char *gecos;
	size_t gecoslen;
};

/*
 * Finds the first account with this uid in lines of passwd(5).  A line whose
 * name begins with "+" or "-" is an instruction to the name service and none,
 * like a comment or one that is malformed.
 */
bool passwd_find(const char *text, size_t len, uid_t, struct passwd_entry *);

#endif
