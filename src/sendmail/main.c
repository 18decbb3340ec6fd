#include <config.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/help.h"
#include "base/io.h"
#include "base/log.h"
#include "sendmail/caller.h"
#include "sendmail/deposit.h"
#include "sendmail/detour.h"
#include "sendmail/dialogue.h"
#include "sendmail/helper.h"
#include "sendmail/nameservice.h"
#include "sendmail/options.h"
#include "sendmail/privilege.h"
#include "sendmail/programs.h"
#include "sendmail/signals.h"
#include "sendmail/submit.h"
#include "sendmail/submitter.h"
#include "sendmail/verify.h"
#include "sendmail/wake.h"
#include "spool/conffile.h"
#include "spool/config.h"

static const char usage[] =
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

static const char newaliases_usage[] =
"usage: newaliases [argument ...]\n"
"Does nothing: onehop reads the text of the aliases.\n";

/*
 * Warnings go to the log only: some callers take any output as failure.  What
 * the defaults are good for is a file with mistakes, but not one of which
 * nobody knows what stands in it: another spool, perhaps.
 */
static struct config *
load(const char *path)
{
	struct buf errors = { 0 };
	struct config *cfg;

	if (path != NULL)
		privilege_give_up();
	cfg = conffile_load(path, &errors);
	if (cfg->unread)
		fatalx(EX_TEMPFAIL, "cannot read %.*s",
		    (int)strcspn(errors.data, "\n"), errors.data);
	log_warn_lines(errors.data);
	buf_free(&errors);
	return cfg;
}

static int
take(const struct options *opts, struct submitter *by, struct buf *error)
{
	int status;

	if (opts->mode == MODE_VERIFY)
		return verify(opts->recipients, by, error);
	if (opts->mode == MODE_SMTP)
		return dialogue_run(by, EX_OK, error);
	status = submitter_check(by, error);
	return status == EX_OK ? submit(opts, by, error) : status;
}

/* The modes that take messages or addresses; argv: nobody's helper. */
static int
serve(const struct options *opts, const struct config *cfg,
    struct caller *caller, char **argv, struct buf *error)
{
	char directory[PATH_MAX];
	struct submitter by;
	int status = -1;

	if (argv != NULL)
		caller->directory = getcwd(directory, sizeof(directory));
	submitter_open(&by, cfg, caller);
	by.full_name = opts->full_name;
	by.require_tls = opts->require_tls;
	if (argv != NULL && opts->mode != MODE_VERIFY)
		status = detour(&by, argv, error);
	if (status == -1)
		status = take(opts, &by, error);
	else if (opts->mode == MODE_SMTP && status != EX_OK && error->len > 0)
		status = dialogue_run(&by, status, error);
	submitter_close(&by);
	return status;
}

/* All modes; cfg is the helper's, or NULL. */
static int
run(int argc, char **argv, struct caller *caller, struct config *cfg)
{
	bool helping = cfg != NULL;
	struct options opts;
	struct buf error = { 0 };
	int status;

	if (options_parse(&opts, argc, argv, &error) == -1 ||
	    (helping && helper_check(&opts, cfg, &error) == -1))
		fatalx(EX_USAGE, "%s", error.data);
	switch (opts.mode) {
	case MODE_NEWALIASES:
		help_given(argc, argv, "newaliases", newaliases_usage);
		return help_end();
	case MODE_HELP:
		fputs(usage, stdout);
		return help_end();
	case MODE_VERSION:
		puts("onehop sendmail " PACKAGE_VERSION);
		return help_end();
	case MODE_QUEUE:
		programs_mailq(&opts);
	default:
		break;
	}
	if (!helping) {
		nameservice_prepare(caller, argv);
		cfg = load(opts.config);
	}
	if (opts.mode == MODE_FLUSH)
		status = wake_flusher(cfg, &error);
	else if (opts.mode == MODE_DAEMON)
		status = programs_flusher(&opts, cfg, &error);
	else
		status = serve(&opts, cfg, caller, helping ? NULL : argv,
		    &error);
	config_free(cfg);
	/* What a helper of ours had to say, it has said. */
	if (status != EX_OK && error.len > 0)
		fatalx(status, "%s", error.data);
	return status;
}

/* As a helper: the words are another's, and so is the status. */
static int
help(char **argv)
{
	struct caller caller;
	struct config *cfg;
	struct helper helper;
	int status;

	helper_ask_kernel(&helper);
	caller = (struct caller){ .uid = helper.uid, .pid = helper.pid };
	nameservice_prepare(&caller, argv);
	cfg = load(argv[2]);
	helper_begin(&helper, cfg, argv[2]);
	caller.directory = helper.directory;
	status = run(helper.argc, helper.argv, &caller, cfg);
	caller_free(&caller);
	helper_end(&helper, status);
	return status;
}

static void
at_fatal(int status)
{
	(void)status;
	deposit_take_back();
}

int
main(int argc, char **argv)
{
	struct caller caller;
	int status;

	privilege_begin();
	log_open("sendmail", "pickup");
	if (io_standard_streams() == -1)
		fatalx(EX_OSERR, "the standard streams cannot be used");
	signals_set();
	log_at_fatal(at_fatal);
	if (helper_is_meant(argc, argv))
		return help(argv);
	caller = (struct caller){ .uid = getuid(), .pid = getppid() };
	status = run(argc, argv, &caller, NULL);
	caller_free(&caller);
	return status;
}
