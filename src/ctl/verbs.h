#ifndef CTL_VERBS_H
#define CTL_VERBS_H

/*
 * What onehopctl(8) does with messages.  ids ends with NULL; "ALL" stands for
 * every message of the queue.  Each returns an exit status of sysexits(3):
 * EX_DATAERR when there was no message of one of the IDs, after the others
 * have been seen to.
 */
int verb_show(int spool, char **ids);
int verb_remove(int spool, char **ids);

/* Without IDs, everything is tried now. */
int verb_retry(int spool, char **ids);

#endif
