#include <config.h>

#include "ctl/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "spool/errand.h"
#include "spool/spool.h"

bool
helper_is_needed(int spool)
{
	return faccessat(spool, spool_name(SPOOL_CUR), R_OK | X_OK,
	    AT_EACCESS) == -1 && errno == EACCES;
}

int
helper_run(int spool, char *const *words)
{
	struct buf error = { 0 };
	int status = errand_run(spool, words, &error);

	if (status == -1)
		fatalx(EX_UNAVAILABLE, "onehop-flush, which lets users see "
		    "this, is not running");
	if (error.len > 0)
		fatalx(status, "%s", error.data);
	return status;
}
