#ifndef SPOOL_ALIASES_H
#define SPOOL_ALIASES_H

#include <stdbool.h>
#include <stddef.h>

struct alias_cursor;
struct aliases;
struct warnings;

/*
 * The aliases of this machine and the lists that they include.  A file is
 * read when it is first asked for, as whoever runs this, and once; what is
 * wrong with it is warned about, and the rest of it is used.
 */
struct alias_entry {
	const char *text;	/* its value: [text, end), from line on */
	const char *end;
	unsigned line;
	bool open;		/* for whoever follows aliases: it is being */
	unsigned seen;		/* followed, and when it was last; zeros */
};

/*
 * Both are borrowed until aliases_free.  If it may be missing, nothing is
 * said when it is.
 */
struct aliases *aliases_new(const char *path, bool may_be_missing,
    struct warnings *);
void aliases_free(struct aliases *);

/*
 * The entry of a name, given without quotes, in any letter case; for
 * "user+detail" that of the whole, else of "user+*", else of "user".  The
 * last entry of a name stands.  NULL when there is none.
 */
struct alias_entry *aliases_find(struct aliases *, const char *name,
    size_t len);

/*
 * The text of an included list, which line of the aliases names: a cursor
 * at its beginning.  0, or -1 when it cannot be read.
 */
int aliases_list(struct aliases *, const char *path, size_t len,
    unsigned line, struct alias_cursor *);

#endif
