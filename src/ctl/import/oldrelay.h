#ifndef CTL_IMPORT_OLDRELAY_H
#define CTL_IMPORT_OLDRELAY_H

#include <stdbool.h>

struct imported;
struct statement;

/* How the old program spoke TLS, and whether it verified certificates. */
enum old_tls {
	OLD_CLEAR,		/* not at all */
	OLD_IF_OFFERED,		/* STARTTLS, if it is offered */
	OLD_STARTTLS,		/* STARTTLS or nothing */
	OLD_IMPLICIT,		/* from the start */
};

enum old_trust {
	OLD_VERIFIED,
	OLD_NEVER_VERIFIED,	/* the program cannot, or was not asked to */
	OLD_DECLINED,		/* somebody has said that it is not to */
};

/* The smarthost of another program; statements may be NULL or say nothing. */
struct oldrelay {
	const struct statement *at;	/* where the host is named */
	const char *host;	/* a name or an address, without brackets */
	const char *port;	/* a number or the name of a service */
	const struct statement *tls_at;
	enum old_tls tls;
	enum old_trust trust;
	const struct statement *user;
	const struct statement *password;
	const struct statement *command;	/* that prints the password */
	const struct statement *fingerprint;	/* in hex */
	const struct statement *cert;
	const struct statement *key;	/* NULL: in the file of cert */
	const struct statement *ca;
};

/*
 * Sets what concerns the smarthost.  Nothing gets weaker than it was without
 * a note in plain words, nor stronger.
 */
void oldrelay_carry(struct imported *, const struct oldrelay *);

/* The number of a port, from a number or the name of a service, or NULL. */
const char *oldrelay_port(const char *);

#endif
