#ifndef SENDMAIL_PRIVILEGE_H
#define SENDMAIL_PRIVILEGE_H

#include <stdbool.h>

/*
 * The group of the spool, which an installed sendmail has by its setgid bit.
 * It is put aside by privilege_begin, the first line of main, and taken up only
 * to make and to commit a spool file.  Where the bit is not set, all of this
 * does nothing.
 */
void privilege_begin(void);
void privilege_drop(void);
void privilege_raise(void);

/* Whether there is such a group, put aside or not. */
bool privilege_is_held(void);

/* Gives it up for good: for callers who bring their own configuration. */
void privilege_give_up(void);

#endif
