#include <config.h>

#include "sendmail/nameservice.h"

#include <pwd.h>
#include <stddef.h>

#include "sendmail/caller.h"

/* Nothing: most callers' names are not needed at all. */
void
nameservice_prepare(struct caller *c, char **argv)
{
	(void)c;
	(void)argv;
}

void
nameservice_look_up(struct caller *c)
{
	const struct passwd *pw;

	if (c->login != NULL || caller_is_in_file(c))
		return;
	pw = getpwuid(c->uid);
	if (pw != NULL)
		caller_name(c, pw->pw_name, pw->pw_gecos);
	else
		caller_number(c);
}
