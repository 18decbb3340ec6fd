#ifndef FLUSH_SCAN_H
#define FLUSH_SCAN_H

#include <stdint.h>

struct queue;

/*
 * Builds the queue anew from the names in new/ and cur/, without opening a
 * file.  What is due after latest is due now (schedule.h).  What is not named
 * as an entry is moved to corrupt/.
 */
void scan_spool(struct queue *, int spool, int64_t now, int64_t latest);

/*
 * Removes from tmp/ what submissions that were killed have left there: files
 * that nobody has written to for 36 hours, as in a maildir.
 */
void scan_clean_tmp(int spool);

#endif
