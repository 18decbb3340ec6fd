#ifndef SMTP_SASL_H
#define SMTP_SASL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * Authentication mechanisms (RFC 4422) by their bits, enum auth_mechanism of
 * spool/config.h.  Challenge and response are in base 64, as they stand in
 * the dialogue of RFC 4954.
 */

/* The bit of the mechanism with this name in any letter case, or 0. */
uint64_t sasl_mechanism(const char *name, size_t len);
const char *sasl_name(uint64_t mechanism);

/* The strongest of a set of mechanisms, 0 of an empty set. */
uint64_t sasl_strongest(uint64_t mechanisms);

/* Whether the client speaks first: whether there is an initial response. */
bool sasl_speaks_first(uint64_t mechanism);

/* An exchange: all but step is the caller's, step begins at 0. */
struct sasl {
	uint64_t mechanism;
	const char *user;
	const char *password;
	unsigned step;
};

/*
 * Appends the response to a challenge, which is "" for the initial response.
 * 0, or -1 when the mechanism has no answer to it.
 */
int sasl_respond(struct sasl *, const char *challenge, struct buf *response);

#endif
