#include <config.h>

#include "spool/account.h"

#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void
account_find(struct account *a, uid_t uid, gid_t gid)
{
	const struct passwd *pw = getpwuid(uid);
	const struct group *gr = getgrgid(gid);

	snprintf(a->user, sizeof(a->user), "%lu", (unsigned long)uid);
	snprintf(a->group, sizeof(a->group), "%lu", (unsigned long)gid);
	if (pw != NULL)
		strlcpy(a->user, pw->pw_name, sizeof(a->user));
	if (gr != NULL)
		strlcpy(a->group, gr->gr_name, sizeof(a->group));
}
