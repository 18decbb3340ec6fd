#ifndef FLUSH_SCAN_H
#define FLUSH_SCAN_H

#include <stdbool.h>

struct queue;

/*
 * Builds the queue anew from the names in new/ and cur/, without opening a
 * file; with all_due, everything is due now.  What is not named as an entry
 * is moved to corrupt/.
 */
void scan_spool(struct queue *, int spool, bool all_due);

/*
 * Removes from tmp/ what submissions that were killed have left there: files
 * that nobody has written to for 36 hours, as in a maildir.
 */
void scan_clean_tmp(int spool);

#endif
