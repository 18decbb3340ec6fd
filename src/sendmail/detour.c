#include <config.h>

#include "sendmail/detour.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "sendmail/privilege.h"
#include "sendmail/submitter.h"
#include "spool/errand.h"
#include "spool/spool.h"

/* Where a service sees the spool read-only, its socket still works. */
static bool
is_barred(int spool)
{
	return !spool_may_add(spool) &&
	    (errno == EACCES || errno == EPERM || errno == EROFS);
}

int
detour(struct submitter *by, char **argv, struct buf *error)
{
	bool barred;
	int spool;

	privilege_raise();
	spool = submitter_spool(by);
	barred = spool != -1 && is_barred(spool);
	privilege_drop();
	if (!barred)
		return -1;
	/* The kernel tells the effective uid; the real one is the caller. */
	if (seteuid(getuid()) == -1)
		return -1;
	return errand_run(spool, argv, error);
}
