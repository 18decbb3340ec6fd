#include <config.h>

#include "ctl/change.h"

#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/each.h"
#include "ctl/hints.h"
#include "ctl/moving.h"
#include "ctl/selection.h"
#include "ctl/setup.h"

int
change_not_woken(void)
{
	switch (errno) {
	case ENXIO:
		log_warnx("onehop-flush is not running; start it, or run "
		    "onehop-flush -q");
		return EX_TEMPFAIL;
	case EACCES:
		log_warnx("only root and the owner of the spool may do this; "
		    "sendmail -q is for everybody");
		return EX_NOPERM;
	default:
		log_warn("cannot wake onehop-flush");
		return EX_TEMPFAIL;
	}
}

/* A flusher that does not run finds what was changed when it starts. */
static int
wake(const struct change *change, struct hints *hints, int spool)
{
	if (hints_send(hints, spool) == 0 || (errno == ENXIO && !change->wakes))
		return EX_OK;
	return change_not_woken();
}

int
change_selection(const struct change *change, int spool,
    const struct selection *selection, char **ids)
{
	struct hints hints;
	struct each each = {
		.spool = spool,
		.selection = selection,
		.all = change->all,
		.one = change->one,
		.arg = &hints,
	};
	int status, synced, woken;

	hints_init(&hints);
	status = each_named(&each, ids);
	synced = moving_sync(spool);
	woken = wake(change, &hints, spool);
	if (status == EX_OK)
		status = synced;
	return status != EX_OK ? status : woken;
}

int
change_run(const struct change *change, const char *config, int argc,
    char **argv)
{
	struct selection selection;

	if (selection_parse(&selection, change->states, argc, argv) == -1 ||
	    optind == argc)
		return EX_USAGE;
	return change_selection(change, setup_spool(config), &selection,
	    argv + optind);
}
