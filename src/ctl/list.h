#ifndef CTL_LIST_H
#define CTL_LIST_H

#include <stdbool.h>

struct selection;

/*
 * onehopctl list: a line for each message of the queue and of failed/, with
 * its state and the time of the next attempt.  The arguments as in
 * verbs.h.
 */
int verb_list(const char *config, int argc, char **argv);

/*
 * Prints these messages, or the text empty when there is none; with reasons,
 * each of the recipients and what was said about them stands below them.  An
 * exit status of sysexits(3).
 */
int list_messages(int spool, const struct selection *, const char *empty,
    bool reasons);

#endif
