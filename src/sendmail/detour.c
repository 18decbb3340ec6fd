#include <config.h>

#include "sendmail/detour.h"

#include <unistd.h>

#include "sendmail/submitter.h"
#include "spool/errand.h"

int
detour(struct submitter *by, char **argv, struct buf *error)
{
	int spool = submitter_spool(by);

	if (!by->barred)
		return -1;
	/*
	 * The kernel tells the effective uid; the real one is the caller.
	 * Services often may not use this call, and have but one.
	 */
	if (geteuid() != getuid() && seteuid(getuid()) == -1)
		return -1;
	return errand_run(spool, argv, error);
}
