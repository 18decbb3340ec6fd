#ifndef CTL_VERBS_H
#define CTL_VERBS_H

struct listed;

/*
 * What onehopctl(8) does with messages.  config is the file that -C names, or
 * NULL; argv[0] is the verb, options of selection.h and IDs follow, of which
 * "ALL" stands for every message of the queue.  Each returns an exit status of
 * sysexits(3): EX_USAGE when the words are not those of the verb, EX_DATAERR
 * when there was no message of one of the IDs, after the others have been seen
 * to.
 */
int verb_show(const char *config, int argc, char **argv);
int verb_remove(const char *config, int argc, char **argv);

/* Without IDs, everything is tried now. */
int verb_retry(const char *config, int argc, char **argv);

/* Removes one, for change.h. */
int verbs_remove_one(void *hints, int spool, const struct listed *);

#endif
