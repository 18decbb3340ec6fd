#ifndef SENDMAIL_SUBMITTER_H
#define SENDMAIL_SUBMITTER_H

#include <stdbool.h>

struct buf;
struct caller;
struct config;
struct rewrite;

/*
 * Who hands messages over, and the rules of this machine that apply to them:
 * the same for every message of one run.
 */
struct submitter {
	const struct config *cfg;
	struct caller *caller;
	int spool;		/* -1: not open */
	bool barred;		/* it is, but nothing may be added to it */
	int trouble;		/* errno: these two may be wrong; or 0 */
	char *domain;		/* for bare names */
	char *host;		/* the full name of this one */
	struct rewrite *rewrite;
	const char *full_name;	/* -F; NULL: the caller's */
	bool require_tls;	/* -O RequireTLS */
};

/* cfg and caller are borrowed. */
void submitter_open(struct submitter *, const struct config *,
    struct caller *);
void submitter_close(struct submitter *);

/* The spool, open: a descriptor that stays ours, or -1 and errno. */
int submitter_spool(struct submitter *);

/*
 * Whether the caller may send, by submit-users and deny-users, and whether it
 * is known from where.  EX_OK, or EX_NOPERM or EX_TEMPFAIL and a line in
 * error.
 */
int submitter_check(struct submitter *, struct buf *error);

/*
 * Appends the address of the caller: login@domain, or number@domain where
 * the login is not a local part.
 */
void submitter_address(struct submitter *, struct buf *);

#endif
