#ifndef CTL_IMPORT_REPLACING_H
#define CTL_IMPORT_REPLACING_H

#include <sys/types.h>

#include <stdbool.h>

struct buf;

/* A file that is to be put in place of what is there, if anything is. */
struct replacement {
	const char *name;	/* in the directory */
	const char *text;
	mode_t mode;
	uid_t owner;		/* (uid_t)-1 and (gid_t)-1: who runs us */
	gid_t group;
	bool secret;		/* any text in it is worth keeping */
};

/*
 * Whether a file of the directory, as it is, says something other than that:
 * more than comments, or than nothing if it is secret.  1, 0, or -1 and
 * errno.
 */
int replacing_loses(int dir, const struct replacement *);

/*
 * Puts the file there, whole or not at all, and durably; what was there and
 * said something else is kept as NAME.old, or .old2 and so on, which is
 * appended to kept.  0, or -1 and errno.
 */
int replacing_write(int dir, const struct replacement *, struct buf *kept);

#endif
