#ifndef COMPAT_LANDLOCK_H
#define COMPAT_LANDLOCK_H

#include <stdint.h>

/*
 * Linux's Landlock, see landlock(7).  Only rulesets of this process are
 * touched; what is enforced stays so for it and all that it starts.
 */

/* How much of it there is here; 0 is none. */
int landlock_abi(void);

/*
 * A ruleset that takes away every right to files, and those to connect, to
 * signal and so on that this kernel knows if everything is not 0.  Its
 * descriptor, or -1 and errno.
 */
int landlock_ruleset(int everything);

/*
 * Leaves the rights of unveil(2), "r", "w", "x" and "c" (create and remove),
 * to what is beneath path.  0, or -1 and errno.
 */
int landlock_leave(int ruleset, const char *path, const char *rights);

/* Enforces the ruleset and closes it.  0, or -1 and errno. */
int landlock_enforce(int ruleset);

#endif
