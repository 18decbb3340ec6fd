#include <config.h>

#include <limits.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "sendmail/caller.h"
#include "sendmail/dialogue.h"
#include "sendmail/options.h"
#include "sendmail/privilege.h"
#include "sendmail/programs.h"
#include "sendmail/signals.h"
#include "sendmail/submit.h"
#include "sendmail/submitter.h"
#include "sendmail/verify.h"
#include "sendmail/wake.h"
#include "spool/config.h"

static const char help[] =
"usage: sendmail [-tiv] [-f sender] [-F name] [-C file] [--] address ...\n"
"       sendmail -bs | -bp | -bd | -q\n"
"       sendmail -bv address ...\n"
"Takes a message on standard input into the queue; onehop-flush relays it.\n"
"  -t         recipients are those in To, Cc and Bcc\n"
"  -i         a line of a single dot does not end the message\n"
"  -f sender  envelope sender\n"
"  -F name    full name, for a message without From\n"
"  -v         print the ID that the message has in the queue\n"
"  -C file    another configuration\n"
"  -bs        speak SMTP on standard input and output\n"
"  -bv        check addresses, send nothing\n"
"  -bp        print the queue, as mailq does\n"
"  -bd        run the queue, as onehop-flush -d does\n"
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

/* The modes that take messages or addresses. */
static int
serve(const struct options *opts, const struct config *cfg,
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
	if (opts->mode == MODE_VERIFY)
		status = verify(opts->recipients, &by, error);
	else if (opts->mode == MODE_SMTP)
		status = dialogue_run(&by, error);
	else if ((status = submitter_check(&by, error)) == EX_OK)
		status = submit(opts, &by, error);
	submitter_close(&by);
	caller_free(&caller);
	return status;
}

/* The modes that need the configuration. */
static int
run(const struct options *opts, const struct config *cfg, struct buf *error)
{
	switch (opts->mode) {
	case MODE_FLUSH:
		return wake_flusher(cfg, error);
	case MODE_DAEMON:
		return programs_flusher(opts, cfg, error);
	default:
		return serve(opts, cfg, error);
	}
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
	case MODE_QUEUE:
		programs_mailq(&opts);
	default:
		break;
	}
	cfg = load(opts.config);
	status = run(&opts, cfg, &error);
	config_free(cfg);
	if (status != EX_OK)
		fatalx(status, "%s", error.data);
	return EX_OK;
}
