#include <config.h>

#include "sendmail/wake.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "sendmail/privilege.h"
#include "spool/config.h"
#include "spool/spool.h"
#include "spool/trigger.h"

int
wake_flusher(const struct config *cfg, struct buf *error)
{
	int spool, result = -1;

	privilege_raise();
	spool = spool_open(cfg->spool);
	if (spool != -1)
		result = trigger_write(spool, TRIGGER_FLUSH);
	privilege_drop();
	if (result == 0 || (spool != -1 && errno == EAGAIN))
		return EX_OK;
	if (spool == -1)
		buf_printf(error, "cannot open the spool %s: %s", cfg->spool,
		    strerror(errno));
	else if (errno == ENXIO)
		buf_adds(error, "onehop-flush is not running");
	else
		buf_printf(error, "cannot wake onehop-flush: %s",
		    strerror(errno));
	return EX_TEMPFAIL;
}
