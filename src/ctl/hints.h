#ifndef CTL_HINTS_H
#define CTL_HINTS_H

#include <stddef.h>

struct buf;
struct entry;

/*
 * What others are to be told of what was done: onehop-flush (trigger.h) when
 * all is, of a few messages their names, of many, or of what has none there any
 * more, that it is to read the directories; and the log, of several messages in
 * a line, because a journal notes with each line how we were called, and that
 * may be with all their IDs.
 */
struct hints {
	struct buf *lines;
	size_t n;
	struct buf *ids;	/* that are not in the log yet */
	size_t nids;
	const char *done;	/* to these */
};

void hints_init(struct hints *);

/* What stands before the name is "" or TRIGGER_RETRY. */
void hints_add(struct hints *, const char *before, const struct entry *);

/* This was done to a message, in the words of Postfix's log; borrowed. */
void hints_log(struct hints *, const char *id, const char *done);

/*
 * Tells it, and frees them.  0, or -1 and errno: ENXIO when onehop-flush is not
 * running.
 */
int hints_send(struct hints *, int spool);

#endif
