#include <config.h>

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "smtp/agent.h"
#include "spool/conffile.h"
#include "spool/config.h"

enum {
	/* Where the flusher puts the agent's end of the socket between them. */
	CHANNEL = 3,
};

int
main(int argc, char *argv[])
{
	const char *file = NULL, *first = NULL;
	struct buf errors = { 0 };
	struct config *config;
	struct agent *agent;
	bool one_by_one = false;
	int option;

	log_open("onehop-smtp", "smtp");
	if (io_standard_streams() == -1)
		return EX_OSERR;
	while ((option = getopt(argc, argv, "1a:C:")) != -1) {
		switch (option) {
		case '1':
			one_by_one = true;
			break;
		case 'a':
			first = optarg;
			break;
		case 'C':
			file = optarg;
			break;
		default:
			fatalx(EX_USAGE, "usage: onehop-smtp [-1] "
			    "[-a address] [-C file]");
		}
	}
	signal(SIGPIPE, SIG_IGN);
	config = conffile_load(file, &errors);
	log_to_stderr(config_log_stderr(config));
	agent = agent_new(config, CHANNEL, one_by_one ? 1 : config->window);
	if (agent_connect(agent, &errors, first) == 0) {
		if (pledge("stdio recvfd", NULL) == -1)
			fatal(EX_OSERR, "pledge");
		agent_run(agent);
	}
	agent_free(agent);
	config_free(config);
	buf_free(&errors);
	return EX_OK;
}
