#ifndef SPOOL_EXPANSION_H
#define SPOOL_EXPANSION_H

#include <stddef.h>

struct alias_entry;
struct aliases;
struct buf;
struct local;
struct warnings;

/* What one recipient becomes: rewrite_recipient, whose contract it keeps. */
struct expansion {
	const char *aliases_path;
	const char *admin;	/* NULL: there is none */
	struct aliases *aliases;
	struct local *local;
	struct warnings *warnings;
	unsigned round;		/* another for each expansion, not 0 */
	void (*fn)(void *arg, const char *address);
	void *arg;
	struct buf *why;	/* NULL: nobody asks */

	/* How far it has come; zeros at first. */
	const struct alias_entry *entry;
	unsigned depth;
	size_t given;
};

const char *expansion_run(struct expansion *, const char *spec);

#endif
