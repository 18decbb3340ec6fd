#include <config.h>

#include <stddef.h>

#include "compat/landlock.h"
#include "compat/seccomp.h"

/* As compat.h says. */
const char *
pledge_gap(void)
{
#ifndef HAVE_PLEDGE
	if (landlock_abi() == 0)
		return seccomp_is_there() ? "Landlock" :
		    "Landlock and seccomp";
	if (!seccomp_is_there())
		return "seccomp";
#endif
	return NULL;
}
