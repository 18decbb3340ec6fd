#ifndef SMTP_CREDENTIALS_H
#define SMTP_CREDENTIALS_H

struct buf;
struct config;

/* Who we are at the smarthost. */
struct credentials {
	const char *user;	/* borrowed from the configuration, or NULL */
	char *password;		/* NULL without a user */
};

/*
 * Reads the password: the first line of password-file, which only its owner
 * may be able to read.  0, or -1 and in error what is wrong and how to mend
 * it.
 */
int credentials_read(struct credentials *, const struct config *,
    struct buf *error);

/* Overwrites and frees the password. */
void credentials_wipe(struct credentials *);

#endif
