#ifndef SPOOL_RUNNING_H
#define SPOOL_RUNNING_H

/*
 * Whether a flusher that stays is at work on the spool: 1 or 0; or -1 and
 * errno, EACCES for all but the owner.  It is asked by trying its lock for an
 * instant, for which one that starts just then waits.
 */
int running_flusher(int spool);

#endif
