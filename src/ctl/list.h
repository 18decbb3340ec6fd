#ifndef CTL_LIST_H
#define CTL_LIST_H

/*
 * onehopctl list: a line for each message of the queue and of failed/, with
 * its state and the time of the next attempt.  The arguments as in
 * verbs.h.
 */
int verb_list(const char *config, int argc, char **argv);

#endif
