#include <config.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "compat/landlock.h"
#include "compat/seccomp.h"

/*
 * Linux's Landlock and a filter of system calls in place of pledge(2), each
 * where it is there.  No file can be opened, which is right for the promises
 * that the filter knows.  Without either, promises are not enforced; but
 * nothing that is run from here on gains a privilege.
 */
int
pledge(const char *promises, const char *execpromises)
{
	int ruleset;

	(void)execpromises;
#ifdef __linux__
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
#endif
	if (landlock_abi() > 0) {
		ruleset = landlock_ruleset(1);
		if (ruleset == -1 || landlock_enforce(ruleset) == -1)
			return -1;
	}
	/* Last, as it lets nothing of this in. */
	return seccomp_is_there() ? seccomp_enforce(promises) : 0;
}
