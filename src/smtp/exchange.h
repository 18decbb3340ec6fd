#ifndef SMTP_EXCHANGE_H
#define SMTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * An exchange of challenges and responses (RFC 4422), which sasl.h runs.  The
 * caller sets it up to nonce and borrows all of that to it; the rest, which
 * begins as zeros, is what the mechanism keeps between its responses.
 */
struct exchange {
	const char *user;
	const char *secret;	/* password or token; NULL: none */
	const char *host;	/* of the smarthost, as in relay */
	const char *port;
	const char *binding;	/* type of channel binding; NULL: none */
	const char *binding_data;
	size_t binding_len;
	bool unoffered;		/* we could bind, but were not offered to */
	const char *nonce;	/* printable, no comma, another each time */

	unsigned step;		/* responses given */
	const char *error;	/* why there is none; a constant */
	bool unproved;		/* the other side has yet to prove itself */
	char refusal[200];	/* what it said against us, "" if nothing */
	char *first;		/* SCRAM: client-first-message-bare */
	unsigned char signature[32]; /* SCRAM: what proves the smarthost */
};

/* Notes why there is no response; -1. */
int exchange_fail(struct exchange *, const char *error);

/* Notes what the smarthost has against us, which its reply will settle. */
void exchange_refused(struct exchange *, const char *reason, size_t len);

/* Wipes and frees what the mechanism has kept; what was noted stays. */
void exchange_end(struct exchange *);

#endif
