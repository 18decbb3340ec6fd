#ifndef CTL_CHECK_HOSTCHECK_H
#define CTL_CHECK_HOSTCHECK_H

#include <stdbool.h>

struct place;

/*
 * Has onehop-smtp check the smarthost, and prints what it finds: whether mail
 * from sender to recipient is accepted too, if both are not empty.
 * with_password: there is one to try.
 */
void hostcheck_run(const struct place *, const char *sender,
    const char *recipient, bool with_password);

#endif
