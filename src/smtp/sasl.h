#ifndef SMTP_SASL_H
#define SMTP_SASL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct exchange;

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

/*
 * Appends the response to a challenge, which is "" for the initial response.
 * 0, or -1 when there is none or none that may be given: the error of the
 * exchange says why, and the dialogue is to be cancelled.
 */
int sasl_respond(uint64_t mechanism, struct exchange *,
    const char *challenge, struct buf *response);

#endif
