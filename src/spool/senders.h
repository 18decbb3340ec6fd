#ifndef SPOOL_SENDERS_H
#define SPOOL_SENDERS_H

#include <stdbool.h>

struct sender_rule;
struct senders;
struct warnings;

/*
 * The table of senders (sender.h) in a file, which is read when it is first
 * asked for, and once; what is wrong with it is warned about and passed over.
 */

/* Both are borrowed until senders_free; path may be NULL: there is none. */
struct senders *senders_new(const char *path, struct warnings *);
void senders_free(struct senders *);

/*
 * The first rule for a sender with its domain; local says whether that is one
 * of this machine.  false when there is none.
 */
bool senders_find(struct senders *, const char *sender, bool local,
    struct sender_rule *);

#endif
