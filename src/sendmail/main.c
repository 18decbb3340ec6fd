#include <config.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "sendmail/caller.h"
#include "sendmail/dialogue.h"
#include "sendmail/options.h"
#include "sendmail/privilege.h"
#include "sendmail/signals.h"
#include "sendmail/submit.h"
#include "sendmail/submitter.h"
#include "spool/config.h"
#include "spool/spool.h"
#include "spool/trigger.h"

static const char help[] =
"usage: sendmail [-t] [-i] [-f sender] [-F name] [-C file] [--] address ...\n"
"       sendmail -q\n"
"Takes a message on standard input into the queue; onehop-flush relays it.\n"
"  -t         recipients are those in To, Cc and Bcc\n"
"  -i         a line of a single dot does not end the message\n"
"  -f sender  envelope sender\n"
"  -F name    full name, for a message without From\n"
"  -C file    another configuration\n"
"  -q         try the queued messages now\n"
"sendmail(8) lists what else is accepted.\n";

/* Warnings go to the log only: some callers take any output as failure. */
static struct config *
load(const char *path)
{
	struct buf errors = { 0 };
	struct config *cfg;

	if (path != NULL)
		privilege_give_up();
	cfg = config_load(path, &errors);
	log_warn_lines(errors.data);
	buf_free(&errors);
	return cfg;
}

/* Wakes the flusher, if there is one: it is what sends. */
static int
flush(const struct config *cfg, struct buf *error)
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

/* One message, or with -bs all that the client on stdin has. */
static int
deliver(const struct options *opts, const struct config *cfg,
    struct buf *error)
{
	char directory[PATH_MAX];
	struct caller caller = {
		.uid = getuid(),
		.pid = getppid(),
		.directory = getcwd(directory, sizeof(directory)),
	};
	struct submitter by;
	int status;

	submitter_open(&by, cfg, &caller);
	by.full_name = opts->full_name;
	if (opts->mode == MODE_SMTP)
		status = dialogue_run(&by, error);
	else if ((status = submitter_check(&by, error)) == EX_OK)
		status = submit(opts, &by, error);
	submitter_close(&by);
	caller_free(&caller);
	return status;
}

int
main(int argc, char **argv)
{
	struct options opts;
	struct buf error = { 0 };
	struct config *cfg;
	int status;

	privilege_drop();
	if (io_standard_streams() == -1)
		return EX_OSERR;
	signals_set();
	log_open("sendmail", "pickup");
	if (options_parse(&opts, argc, argv, &error) == -1)
		fatalx(EX_USAGE, "%s", error.data);
	switch (opts.mode) {
	case MODE_NEWALIASES:
		return EX_OK;
	case MODE_HELP:
		fputs(help, stdout);
		return EX_OK;
	case MODE_VERSION:
		puts("onehop sendmail " PACKAGE_VERSION);
		return EX_OK;
	case MODE_FLUSH:
	case MODE_SMTP:
	case MODE_DELIVER:
		break;
	}
	cfg = load(opts.config);
	status = opts.mode == MODE_FLUSH ? flush(cfg, &error) :
	    deliver(&opts, cfg, &error);
	config_free(cfg);
	if (status != EX_OK)
		fatalx(status, "%s", error.data);
	return EX_OK;
}
