#ifndef CTL_LIST_H
#define CTL_LIST_H

/*
 * onehopctl list: a line for each message of the queue and of failed/, with
 * its state and the time of the next attempt.  An exit status of sysexits(3).
 */
int list(int spool);

#endif
