#include <config.h>

#include "sendmail/privilege.h"

#include <sys/types.h>

#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"

/*
 * The effective group at the first drop, and the caller's.  The kernel keeps
 * the former as the saved one; there is no portable way to ask for that.
 */
static gid_t spool_group = (gid_t)-1, own_group;

static void
set_group(gid_t group)
{
	if (privilege_is_held() && setegid(group) == -1)
		fatal(EX_OSERR, "setegid");
}

void
privilege_drop(void)
{
	if (spool_group == (gid_t)-1) {
		spool_group = getegid();
		own_group = getgid();
	}
	set_group(own_group);
}

void
privilege_raise(void)
{
	set_group(spool_group);
}

bool
privilege_is_held(void)
{
	return spool_group != own_group;
}

void
privilege_give_up(void)
{
	if (privilege_is_held() &&
	    setresgid(own_group, own_group, own_group) == -1)
		fatal(EX_OSERR, "setresgid");
	spool_group = own_group;
}
