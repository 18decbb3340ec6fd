#ifndef CTL_HINTS_H
#define CTL_HINTS_H

#include <stddef.h>

struct buf;
struct entry;

/*
 * What onehop-flush is to be told of (trigger.h) when all is done: of a few
 * messages their names, of many that it is to read the directories.
 */
struct hints {
	struct buf *lines;
	size_t n;
};

void hints_init(struct hints *);

/* What stands before the name is "" or TRIGGER_RETRY. */
void hints_add(struct hints *, const char *before, const struct entry *);

/* Tells it, and frees them.  0, or -1 and errno: ENXIO when it is not running. */
int hints_send(struct hints *, int spool);

#endif
