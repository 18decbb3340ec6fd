#include <config.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

/*
 * Where the system has no pledge(2), promises are not enforced; but nothing
 * that is run from here on gains a privilege.
 */
int
pledge(const char *promises, const char *execpromises)
{
	(void)promises;
	(void)execpromises;
#ifdef __linux__
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#else
	return 0;
#endif
}
