#ifndef FLUSH_TURNS_H
#define FLUSH_TURNS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct item;

/*
 * What is due, in a line for each user who submitted some of it.  The users
 * take turns, one message each, so that nobody's flood keeps the message of
 * another waiting; in a line the first come is the first served.
 */
struct turns {
	struct line *lines;	/* none of them empty, sorted by user */
	size_t nlines;
	size_t size;
	size_t len;		/* items in all lines */
	uid_t last;		/* who had the last turn */
};

void turns_add(struct turns *, uid_t, const struct item *);

/* The same, for an item that is to be the next of this user. */
void turns_put_first(struct turns *, uid_t, const struct item *);

/* Takes the item whose turn it is.  False when there is none. */
bool turns_take(struct turns *, struct item *);

void turns_clear(struct turns *);

#endif
