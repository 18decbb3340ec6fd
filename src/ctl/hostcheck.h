#ifndef CTL_HOSTCHECK_H
#define CTL_HOSTCHECK_H

#include <stdbool.h>

struct place;

/*
 * Has onehop-smtp check the smarthost, and prints what it finds.  sender is
 * whom mail is from, or NULL; with_password, whether there is one to try.
 */
void hostcheck_run(const struct place *, const char *sender,
    bool with_password);

#endif
