#ifndef CTL_CHECK_CONFCHECK_H
#define CTL_CHECK_CONFCHECK_H

#include <stdbool.h>

struct buf;
struct place;

/*
 * Checks the configuration, in which errors are the mistakes, the clock by
 * it, and the names of this machine.
 */
void confcheck_run(const struct place *, const struct buf *errors);

/*
 * Checks who may read the password file and the key.  Whether there is a
 * password, or none is needed, as far as can be seen from here.
 */
bool confcheck_secrets(const struct place *);

#endif
