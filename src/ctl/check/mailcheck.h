#ifndef CTL_CHECK_MAILCHECK_H
#define CTL_CHECK_MAILCHECK_H

struct buf;
struct place;

/*
 * Checks the aliases and the table of senders, and where mail to root goes.
 * Appended are whom mail from root is from, and one whom mail to root is to.
 */
void mailcheck_run(const struct place *, struct buf *sender,
    struct buf *recipient);

#endif
