#include <config.h>

#include "sendmail/nameservice.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "sendmail/caller.h"
#include "sendmail/privilege.h"
#include "spool/program.h"

#define TWIN "onehop-sendmail"

/* A loader that is asked to trace does not even begin a program like ours. */
static void
forget_loader_variables(void)
{
	char **to = environ;

	for (char **from = environ; *from != NULL; from++)
		if (strncmp(*from, "LD_", 3) != 0)
			*to++ = *from;
	*to = NULL;
}

/*
 * The twin has no setgid bit but inherits the group, which it too drops in
 * its first line.  Where it cannot run, the message of a caller without a
 * name is better than none.
 */
void
nameservice_prepare(struct caller *c, char **argv)
{
	struct buf path = { 0 };

	if (caller_is_in_file(c))
		return;
	if (privilege_is_held()) {
		program_installed_path(PROGRAM_LIBEXEC, TWIN, &path);
		forget_loader_variables();
	} else
		program_path(PROGRAM_LIBEXEC, TWIN, &path);
	privilege_raise();
	execv(path.data, argv);
	privilege_drop();
	log_warn("cannot run %s to look up uid %lu", path.data,
	    (unsigned long)c->uid);
	buf_free(&path);
	caller_number(c);
}

/* It has been done. */
void
nameservice_look_up(struct caller *c)
{
	(void)c;
}
