#include <config.h>

#include <fcntl.h>
#include <signal.h>
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
	const char *file = NULL;
	struct buf errors = { 0 };
	struct config *config;
	struct agent *agent;
	int option;

	log_open("onehop-smtp", "smtp");
	if (io_standard_streams() == -1)
		return EX_OSERR;
	while ((option = getopt(argc, argv, "C:")) != -1) {
		if (option != 'C')
			fatalx(EX_USAGE, "usage: onehop-smtp [-C file]");
		file = optarg;
	}
	/* This end of it blocks, whatever the other one does. */
	if (fcntl(CHANNEL, F_SETFL, 0) == -1)
		fatalx(EX_USAGE, "is started by onehop-flush only");
	signal(SIGPIPE, SIG_IGN);
	config = conffile_load(file, &errors);
	log_to_stderr(config_log_stderr(config));
	agent = agent_new(config, CHANNEL);
	if (agent_connect(agent, &errors) == 0) {
		if (pledge("stdio recvfd", NULL) == -1)
			fatal(EX_OSERR, "pledge");
		agent_run(agent);
	}
	agent_free(agent);
	config_free(config);
	buf_free(&errors);
	return EX_OK;
}
