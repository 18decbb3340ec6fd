#ifndef SMTP_SCRAM_H
#define SMTP_SCRAM_H

struct buf;
struct exchange;

/*
 * SCRAM (RFC 5802) with SHA-1 and with SHA-256 (RFC 7677), bound to the
 * channel if the exchange has a binding.  Each appends the response to a
 * challenge, both as bytes: 0, or -1 and the error of the exchange.  User
 * and password are taken as they are: SASLprep (RFC 4013) is not applied.
 */
int scram_sha_1(struct exchange *, const struct buf *challenge,
    struct buf *response);
int scram_sha_256(struct exchange *, const struct buf *challenge,
    struct buf *response);

#endif
