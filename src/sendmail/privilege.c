#include <config.h>

#include "sendmail/privilege.h"

#include <sys/types.h>

#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"

/*
 * The effective group at the first drop.  The kernel keeps it as the saved
 * one; there is no portable way to ask for that.
 */
static gid_t spool_group = (gid_t)-1;

void
privilege_drop(void)
{
	if (spool_group == (gid_t)-1)
		spool_group = getegid();
	if (setegid(getgid()) == -1)
		fatal(EX_OSERR, "setegid");
}

void
privilege_raise(void)
{
	if (setegid(spool_group) == -1)
		fatal(EX_OSERR, "setegid");
}

void
privilege_give_up(void)
{
	gid_t group = getgid();

	if (setresgid(group, group, group) == -1)
		fatal(EX_OSERR, "setresgid");
	spool_group = group;
}
