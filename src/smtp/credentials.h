#ifndef SMTP_CREDENTIALS_H
#define SMTP_CREDENTIALS_H

struct buf;
struct config;

/* Who we are at the smarthost. */
struct credentials {
	const char *user;	/* borrowed from the configuration, or NULL */
	char *password;		/* or token; NULL: none is needed */
};

/*
 * Gets the password: the first line of what password-command says, or of
 * password-file, which only its owner may be able to read, or of what
 * systemd has passed where neither is set.  The command is run each time.
 * From then on, no core is left.  0, or -1 and in error what is wrong and
 * how to mend it.
 */
int credentials_read(struct credentials *, const struct config *,
    struct buf *error);

/* Overwrites and frees the password. */
void credentials_wipe(struct credentials *);

#endif
