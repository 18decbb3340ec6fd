#include <config.h>

#include "sendmail/programs.h"

#include <sys/stat.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "sendmail/options.h"
#include "sendmail/privilege.h"
#include "spool/config.h"
#include "spool/program.h"

/*
 * argv[0] is what the program is to be called, which may not be its name.  A
 * daemon must not keep open what the caller waits for.
 */
static _Noreturn void
become(const char *program, char *const argv[])
{
	struct buf path = { 0 };

	privilege_give_up();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	closefrom(STDERR_FILENO + 1);
	program_path(PROGRAM_SBIN, program, &path);
	execv(path.data, argv);
	fatal(EX_OSERR, "cannot run %s", path.data);
}

/*
 * onehopctl by the name of mailq, rather than the link of that name, which
 * may be one to us.
 */
void
programs_mailq(const struct options *opts)
{
	char *argv[] = {
		(char *)"mailq",
		opts->config != NULL ? (char *)"-C" : NULL,
		(char *)opts->config,
		NULL,
	};

	become("onehopctl", opts->mailq != NULL ? opts->mailq : argv);
}

static bool
may_run_queue(const struct config *cfg)
{
	struct stat st;

	return getuid() == 0 ||
	    (stat(cfg->spool, &st) == 0 && st.st_uid == getuid());
}

int
programs_flusher(const struct options *opts, const struct config *cfg,
    struct buf *error)
{
	char *argv[] = {
		(char *)"onehop-flush",
		opts->config != NULL ? (char *)"-C" : NULL,
		(char *)opts->config,
		NULL,
		NULL,
	};

	if (*opts->recipients != NULL) {
		buf_printf(error, "%s: a daemon takes no addresses",
		    *opts->recipients);
		return EX_USAGE;
	}
	if (!may_run_queue(cfg)) {
		buf_adds(error, "no such mode for you: onehop-flush runs the "
		    "queue, as root or the owner of the spool starts it");
		return EX_USAGE;
	}
	if (!opts->foreground)
		argv[opts->config != NULL ? 3 : 1] = (char *)"-d";
	become("onehop-flush", argv);
}
