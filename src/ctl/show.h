#ifndef CTL_SHOW_H
#define CTL_SHOW_H

struct listed;

/*
 * onehopctl show: the envelope of a message in words, with what became of
 * each recipient, what the log has about it (a struct history), and its
 * header.  For each.h.
 */
int show(void *history, int spool, const struct listed *);

#endif
