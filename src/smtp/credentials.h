#ifndef SMTP_CREDENTIALS_H
#define SMTP_CREDENTIALS_H

#include <sys/resource.h>

#include <stdbool.h>

struct buf;
struct config;

/* Who we are at the smarthost. */
struct credentials {
	const char *user;	/* borrowed from the configuration, or NULL */
	char *password;		/* or token; NULL: none is needed */
	bool guarded;		/* as long as there is a password, */
	rlim_t core;		/* which keeps this from being the limit */
};

/*
 * Gets the password: the first line of what password-command says, or of
 * password-file, which only its owner may be able to read, or of what
 * systemd has passed where neither is set.  The command is run each time.
 * As long as there is a password, no core is left.  0, or -1 and in error
 * what is wrong and how to mend it.
 */
int credentials_read(struct credentials *, const struct config *,
    struct buf *error);

/* Overwrites and frees the password. */
void credentials_wipe(struct credentials *);

#endif
