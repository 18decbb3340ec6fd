#include <config.h>

#include "ctl/metrics.h"

#include <stdio.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/log.h"
#include "ctl/helper.h"
#include "ctl/setup.h"
#include "spool/metrics.h"
#include "spool/running.h"

static int
print(int spool)
{
	struct buf text = { 0 };

	if (metrics_ask(spool, &text) == -1)
		fatal(EX_TEMPFAIL, "onehop-flush does not answer");
	if (metrics_of_spool(spool, running_flusher(spool) == 1, &text) == -1)
		fatal(EX_OSERR, "cannot read the spool");
	fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
	return EX_OK;
}

int
verb_metrics(const char *config, int argc, char **argv)
{
	char *words[] = { (char *)"onehopctl", (char *)"metrics", NULL };
	int spool;

	(void)argv;
	if (argc > 1)
		return EX_USAGE;
	spool = setup_spool(config);
	return helper_is_needed(spool) ? helper_run(spool, words) :
	    print(spool);
}

int
metrics_for_user(const char *config, int argc, char **argv)
{
	(void)argv;
	return argc > 1 ? EX_USAGE : print(setup_spool(config));
}
