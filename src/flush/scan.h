#ifndef FLUSH_SCAN_H
#define FLUSH_SCAN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct item;
struct queue;

/*
 * Builds the queue anew from the names in new/ and cur/, without opening a
 * file.  What is due after latest is due now (schedule.h).  What is not named
 * as an entry is moved to corrupt/, if that is much, only a part of it.  0; 1
 * when there is more of that; -1 when a directory could not be read.
 */
int scan_spool(struct queue *, int spool, int64_t now, int64_t latest);

/*
 * Who submitted an item, for the queue (queue.h), which has the descriptor of
 * the spool at arg.
 */
int scan_submitter(void *arg, const struct item *, uid_t *uid);

/*
 * Removes from tmp/ what submissions that were killed have left there: what
 * nobody has written to for 36 hours, as in a maildir, but no directories and
 * no notifications (outbox.h).
 */
void scan_clean_tmp(int spool);

#endif
