#ifndef FLUSH_HELPERS_H
#define FLUSH_HELPERS_H

#include <sys/types.h>

#include <stdbool.h>

/*
 * The socket submit (spool/handover.h) and the helpers at work: each is a
 * sendmail(8) that does what a caller asks who may not use the spool itself.
 * Not a byte of that is read here.  Helpers end by themselves, also after us.
 */
enum {
	HELPERS = 40,
	/* So that the others are served, whatever one user does. */
	HELPERS_PER_USER = 10,
};

struct helper {
	pid_t pid;		/* 0: there is none */
	uid_t uid;		/* whom it works for */
};

struct helpers {
	int sock;		/* -1: there is none; else to be polled */
	int spool;
	bool passed;		/* the socket was */
	const char *config;	/* the file, for them; may be NULL */
	struct helper all[HELPERS];
};

/*
 * Takes the socket that the service manager has passed, which stays when we
 * end, or, for -1, makes it; without one, what is wrong has been logged.
 */
void helpers_open(struct helpers *, int spool, const char *config, int passed);

/* Starts a helper for each who has come, or says that there are enough. */
void helpers_accept(struct helpers *);

/* Forgets those that have exited. */
void helpers_reap(struct helpers *);

/* Takes no more. */
void helpers_close(struct helpers *);

/* Whether any works, and whether this process is one. */
bool helpers_work(const struct helpers *);
bool helpers_have(const struct helpers *, pid_t);

#endif
