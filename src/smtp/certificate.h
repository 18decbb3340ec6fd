#ifndef SMTP_CERTIFICATE_H
#define SMTP_CERTIFICATE_H

#include <openssl/types.h>

struct buf;

/*
 * Appends why a certificate of the smarthost was not accepted, and what can
 * be done: a sentence for each way in which verification fails.  error is
 * an X509_V_ERR; certificate the one that it is about, at this depth in the
 * chain; host whom the first, at depth 0, had to be for.
 */
void certificate_explain(int error, int depth, X509 *certificate,
    const char *host, struct buf *out);

/* Appends subject, issuer and expiry, in words. */
void certificate_describe(X509 *, struct buf *out);

/* Whole days until it expires; less than 0 when it has. */
int certificate_days_left(X509 *);

/*
 * Appends the first name that it is for and that one host has: no wildcard,
 * no address of IPv6.  0, or -1 when there is none.
 */
int certificate_host(X509 *, struct buf *out);

#endif
