#include <config.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/help.h"
#include "base/io.h"
#include "base/log.h"
#include "smtp/agent.h"
#include "smtp/check.h"
#include "spool/conffile.h"
#include "spool/config.h"

static const char usage[] =
"usage: onehop-smtp [-1] [-a address] [-C file]\n"
"       onehop-smtp -c [-n] [-f sender] [-r recipient] [-C file]\n"
"Holds one session with the smarthost; onehop-flush starts it.\n"
"  -1            one message in flight at a time\n"
"  -a address    the address of the smarthost to try first\n"
"  -c            check the smarthost for onehopctl, and send nothing\n"
"  -n            there is no password to be known by\n"
"  -f sender     try whether mail from this address is taken\n"
"  -r recipient  and to this one\n"
"  -C file       another configuration\n";

enum {
	/* Where the flusher puts the agent's end of the socket between them. */
	CHANNEL = 3,
	/* Seconds that a check waits for anything. */
	CHECK_TIMEOUT = 30,
};

struct options {
	const char *file;
	const char *first;	/* the address to try before others */
	bool one_by_one;
	bool check;
	bool anonymous;		/* this and the next are for a check */
	const char *sender;
	const char *recipient;
};

static void
parse_options(struct options *o, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "1a:cC:f:nr:")) != -1) {
		switch (option) {
		case '1':
			o->one_by_one = true;
			break;
		case 'a':
			o->first = optarg;
			break;
		case 'c':
			o->check = true;
			break;
		case 'C':
			o->file = optarg;
			break;
		case 'f':
			o->sender = optarg;
			break;
		case 'n':
			o->anonymous = true;
			break;
		case 'r':
			o->recipient = optarg;
			break;
		default:
			fputs(usage, stderr);
			exit(EX_USAGE);
		}
	}
}

static void
run(const struct options *o, const struct config *config,
    const struct buf *errors)
{
	struct agent *agent = agent_new(config, CHANNEL,
	    o->one_by_one ? 1 : config->window);

	log_to((enum log_target)config->log);
	if (agent_connect(agent, errors, o->first) == 0) {
		if (pledge("stdio recvfd", NULL) == -1)
			fatal(EX_OSERR, "pledge");
		agent_run(agent);
	}
	agent_free(agent);
}

/* Who started it has said already what is wrong with the configuration. */
static void
check(const struct options *o, struct config *config,
    const struct buf *errors)
{
	log_open("onehop-smtp", NULL);
	if (errors->len > 0 || config->relay.host == NULL)
		fatalx(EX_CONFIG, "the configuration has mistakes, or no "
		    "relay");
	if (config->timeout == 0)
		config->timeout = CHECK_TIMEOUT;
	check_run(config, o->sender, o->recipient, o->anonymous);
}

int
main(int argc, char *argv[])
{
	struct options options = { 0 };
	struct buf errors = { 0 };
	struct config *config;

	log_open("onehop-smtp", "smtp");
	if (io_standard_streams() == -1)
		return EX_OSERR;
	if (help_given(argc, argv, "onehop-smtp", usage))
		return help_end();
	parse_options(&options, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	config = conffile_load(options.file, &errors);
	if (options.check)
		check(&options, config, &errors);
	else
		run(&options, config, &errors);
	config_free(config);
	buf_free(&errors);
	return EX_OK;
}
