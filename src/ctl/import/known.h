#ifndef CTL_IMPORT_KNOWN_H
#define CTL_IMPORT_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

struct imported;
struct statement;

/*
 * A keyword of another program: where its statement goes, or, if it is not
 * carried over, why, in words that follow "KEYWORD: "; an empty text where
 * nothing needs to be said.
 */
struct known {
	const char *name;	/* NULL ends a table */
	size_t offset;		/* of a struct statement, if why is NULL */
	const char *why;
};

/*
 * Puts a statement where its keyword says, in place of an earlier one, or
 * among what was not carried over; fold: letter case does not count.
 */
void known_take(struct imported *, const struct known *, bool fold,
    const char *keyword, const struct statement *, void *into);

#endif
