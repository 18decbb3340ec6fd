#include <config.h>

#include <errno.h>
#include <stddef.h>

#include "compat/landlock.h"

enum {
	/* Before, nothing was renamed from one directory to another. */
	ABI_REFER = 2,
};

/*
 * Linux's Landlock in place of unveil(2).  It takes nothing away before the
 * last call, which is with NULL, and there is no call after that.
 */
int
unveil(const char *path, const char *permissions)
{
	static int ruleset = -1;

	if (landlock_abi() < ABI_REFER) {
		errno = ENOSYS;
		return -1;
	}
	if (ruleset == -1)
		ruleset = landlock_ruleset(0);
	if (ruleset == -1)
		return -1;
	return path != NULL ? landlock_leave(ruleset, path, permissions) :
	    landlock_enforce(ruleset);
}
