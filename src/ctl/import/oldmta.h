#ifndef CTL_IMPORT_OLDMTA_H
#define CTL_IMPORT_OLDMTA_H

#include <stdbool.h>
#include <stddef.h>

struct imported;

/* A program whose configuration can be carried over. */
struct oldmta {
	const char *name;
	const char *package;	/* Debian's with /usr/sbin/sendmail in it */
	const char *binary;	/* what /usr/sbin/sendmail is a link to */
	const char *sign;	/* the file that tells it is there */
	const char *files[2];	/* what it reads, as arguments name it */
	void (*import)(struct imported *, const char *const files[2]);
	const char *queues[6];	/* directories where messages may wait */
	const char *prefix;	/* of their names */
	const char *flush;	/* the command that sends them */
};

/* The programs by number, and by name; NULL if there is none. */
const struct oldmta *oldmta_number(size_t);
const struct oldmta *oldmta_find(const char *name);

/* Whether there is a configuration of it in the system below root. */
bool oldmta_is_there(const struct oldmta *, const char *root);

/*
 * Names, among what was not carried over, a queue below root in which a
 * message waits.  That of nullmailer is carried over (nullqueue.h).
 */
void oldmta_name_queues(struct imported *, const struct oldmta *,
    const char *root);

/* The one that /usr/sbin/sendmail below root belongs to, or NULL. */
const struct oldmta *oldmta_of_sendmail(const char *root);

#endif
