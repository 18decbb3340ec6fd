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

#endif
