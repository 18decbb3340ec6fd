#ifndef SMTP_PIN_H
#define SMTP_PIN_H

#include <stdbool.h>

#include <openssl/types.h>

struct buf;

/*
 * Whether a certificate or its public key is in a list of fingerprints
 * (fingerprint.h).  If not, what it has in their place is appended, so that
 * it can be compared with what the other side says it is.
 */
bool pin_matches(const char *fingerprints, X509 *certificate,
    struct buf *error);

/* Appends the fingerprint of the whole certificate.  0, or -1. */
int pin_print(X509 *, struct buf *);

#endif
