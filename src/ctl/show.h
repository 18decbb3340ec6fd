#ifndef CTL_SHOW_H
#define CTL_SHOW_H

struct listed;

/*
 * onehopctl show: the envelope of a message in words, with what became of
 * each recipient, and its header.  An exit status of sysexits(3).
 */
int show(int spool, const struct listed *);

#endif
