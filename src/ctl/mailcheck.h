#ifndef CTL_MAILCHECK_H
#define CTL_MAILCHECK_H

struct buf;
struct place;

/*
 * Checks the aliases and the table of senders, and where mail to root goes.
 * Appended to sender is whom mail from root is from.
 */
void mailcheck_run(const struct place *, struct buf *sender);

#endif
