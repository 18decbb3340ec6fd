#ifndef CTL_FAILED_H
#define CTL_FAILED_H

/*
 * onehopctl failed list, requeue and drop: the messages in failed/ and why
 * they are there; puts them back into the queue, for those who did not get
 * them; deletes them.  The arguments and the exit status as in verbs.h.
 */
int verb_failed(const char *config, int argc, char **argv);

#endif
