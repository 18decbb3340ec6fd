#include <config.h>

#include "sendmail/privilege.h"

#include <sys/types.h>

#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"

/* The saved group, which was the effective one at first, and the caller's. */
static gid_t spool_group, own_group;

static void
set_group(gid_t group)
{
	if (privilege_is_held() && setegid(group) == -1)
		fatal(EX_OSERR, "setegid");
}

void
privilege_begin(void)
{
	gid_t effective;

	if (getresgid(&own_group, &effective, &spool_group) == -1)
		fatal(EX_OSERR, "getresgid");
	privilege_drop();
}

void
privilege_drop(void)
{
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
