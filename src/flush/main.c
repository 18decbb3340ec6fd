#include <config.h>

#include <sys/resource.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/help.h"
#include "base/io.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "flush/flusher.h"
#include "flush/lock.h"
#include "flush/service.h"
#include "flush/signals.h"
#include "spool/conffile.h"
#include "spool/config.h"
#include "spool/owner.h"

static const char usage[] =
"usage: onehop-flush [-deq] [-C file]\n"
"Relays the queue to the smarthost.  Runs in the foreground until SIGTERM.\n"
"  -d       run in the background\n"
"  -e       exit when the queue is empty\n"
"  -q       try everything once and exit: 0 if the queue is empty, else 75\n"
"  -C file  another configuration\n";

/* More than the agents ever have messages, sockets included. */
enum { DESCRIPTORS = 16384 };

/* The default, 1024, is for programs that use select(2). */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur >= DESCRIPTORS)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max :
	    DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warn("cannot raise the limit of open files");
}

static struct config *
load(const char *path)
{
	struct buf errors = { 0 };
	struct config *cfg = conffile_load(path, &errors);

	/* Mistakes are told to whoever starts it, wherever the log goes. */
	log_to(errors.len > 0 && cfg->log != LOG_TO_JSON ? LOG_TO_STDERR :
	    (enum log_target)cfg->log);
	if (errors.len == 0)
		return cfg;
	config_free(cfg);
	log_warn_lines(errors.data);
	fatalx(EX_CONFIG, "the configuration has mistakes");
}

/* As its owner, so that what is made is the owner's. */
static int
open_spool(const struct config *cfg, bool once)
{
	int spool = owner_open_spool(cfg->spool);

	if (spool == -1)
		fatal(EX_OSERR, "cannot open the spool %s", cfg->spool);
	if (lock_spool(spool, once) == 0)
		return spool;
	if (errno == EINTR)
		exit(once ? EX_TEMPFAIL : EX_OK);
	if (errno == EWOULDBLOCK)
		fatalx(EX_TEMPFAIL, "another onehop-flush works on %s; "
		    "onehopctl retry wakes it", cfg->spool);
	fatal(EX_NOPERM, "cannot lock the spool %s", cfg->spool);
}

/*
 * The directory where metrics-file is written and renamed.  One that is not
 * there is for whoever writes it to complain of.
 */
static int
unveil_metrics(const char *file)
{
	char *directory;
	int result;

	if (file == NULL)
		return 0;
	directory = xstrndup(file, (size_t)(strrchr(file, '/') - file) + 1);
	result = unveil(directory, "rwc");
	free(directory);
	return result == -1 && errno != ENOENT && errno != ENOTDIR &&
	    errno != EACCES ? -1 : 0;
}

/*
 * From here on it and all that it starts write beneath the spool only, and
 * where metrics-file is; but nobody knows what a password-command has to
 * write.  Whether it is so; if it should be, a daemon says why not.
 */
static bool
confine(const struct config *cfg, bool once)
{
	if (!once && pledge_gap() != NULL)
		log_info("agents are not confined in full: no %s here",
		    pledge_gap());
	if (cfg->password_command != NULL)
		return false;
	if (unveil("/", "rx") == 0 && unveil("/dev/null", "rw") == 0 &&
	    unveil(cfg->spool, "rwxc") == 0 &&
	    unveil_metrics(cfg->metrics_file) == 0 && unveil(NULL, NULL) == 0)
		return true;
	if (!once)
		log_info("not confined to the spool: %s", strerror(errno));
	return false;
}

int
main(int argc, char **argv)
{
	struct service service;
	struct flusher_options opts = { .service = &service };
	bool detach = false;
	struct config *cfg;
	int c, spool;

	if (io_standard_streams() == -1)
		return EX_OSERR;
	log_open("onehop-flush", "qmgr");
	if (help_given(argc, argv, "onehop-flush", usage))
		return help_end();
	while ((c = getopt(argc, argv, "C:deqh")) != -1)
		switch (c) {
		case 'C':
			opts.config = optarg;
			break;
		case 'd':
			detach = true;
			break;
		case 'e':
			opts.until_empty = true;
			break;
		case 'q':
			opts.once = true;
			break;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	if (optind < argc) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	signals_catch();
	raise_limit();
	cfg = load(opts.config);
	service_open(&service);
	service_wait(&service, "waits for the spool, where an onehop-flush -q "
	    "may be at work");
	spool = open_spool(cfg, opts.once);
	if (detach && daemon(1, 0) == -1)
		fatal(EX_OSERR, "cannot run in the background");
	opts.confined = confine(cfg, opts.once);
	return flusher_run(&opts, cfg, spool);
}
