#ifndef CTL_HISTORY_H
#define CTL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * What the log has about some messages: the lines that name them.  Pure: the
 * lines are given one by one.
 */
struct history {
	struct history_item *items;	/* sorted */
	size_t len;
};

struct history_item {
	uint64_t arrival;	/* as in struct entry */
	struct buf *lines;
	bool known;		/* it takes no more */
};

/* For these messages; a word that is no ID has no history. */
void history_init(struct history *, char **ids);

/* Takes a line of a log to the messages that it names. */
void history_line(struct history *, const char *line);

/*
 * A log has come to its end: messages that it had something about take no
 * more from another.  Whether there are others.
 */
bool history_end(struct history *);

/* The lines about a message, each with its LF, or NULL if there are none. */
const char *history_of(const struct history *, uint64_t arrival);

void history_free(struct history *);

#endif
