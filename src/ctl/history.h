#ifndef CTL_HISTORY_H
#define CTL_HISTORY_H

#include <stddef.h>
#include <stdint.h>

struct history;

/*
 * What the log has about some messages: the lines of the journal that name
 * them, or, if there are none, those of mail.log and its older ones.  What
 * cannot be read is as if it were empty.
 *
 * The first step is for whoever may read the log, and opens it; the second
 * reads it, and needs no rights.
 */
struct history *history_open(char **ids);
void history_read(struct history *);

/* The lines about a message, oldest first, or NULL if none are known. */
const char *history_of(const struct history *, uint64_t arrival);

/* Takes a line of the log to the messages that it names. */
void history_line(struct history *, const char *line);

void history_free(struct history *);

#endif
