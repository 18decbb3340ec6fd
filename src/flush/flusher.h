#ifndef FLUSH_FLUSHER_H
#define FLUSH_FLUSHER_H

#include <stdbool.h>

struct config;
struct service;

/*
 * The queue manager: scans the spool, hands messages to agents and settles
 * their verdicts, until SIGTERM or SIGINT; with once, until everything has
 * been tried; with until_empty, until the queue is empty and nobody is at
 * work.  SIGHUP reads the configuration again.
 */
struct flusher_options {
	const char *config;	/* the file; NULL: the installed one */
	bool once;
	bool until_empty;
	bool confined;		/* it cannot write outside the spool */
	struct service *service;
};

/*
 * Runs on an open spool, locked for it (lock.h), and takes the configuration.
 * Returns an exit status of sysexits(3): EX_OK, or EX_TEMPFAIL when once
 * leaves something in the queue.
 */
int flusher_run(const struct flusher_options *, struct config *, int spool);

#endif
