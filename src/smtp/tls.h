#ifndef SMTP_TLS_H
#define SMTP_TLS_H

#include <stdbool.h>

struct buf;
struct config;
struct stack_st_X509;
struct stream;
struct tls;

/*
 * TLS by OpenSSL.  tls_new reads the trust anchors and our certificate, so
 * that no file has to be opened once the network is read.  When it fails it
 * returns NULL, a fault (fault.h), and what was seen.
 */
struct tls *tls_new(const struct config *, int *fault, struct buf *detail);

enum tls_result {
	TLS_DONE,
	TLS_FAILED,		/* the handshake, for another reason */
	TLS_ABSENT,		/* the other side does not speak it */
	TLS_UNTRUSTED,		/* the certificate was not accepted */
};

/*
 * Shakes hands as the client (RFC 8446, RFC 5246), within the deadline of
 * the stream, and puts itself between stream and descriptor.  The host name
 * is sent (RFC 6066, section 3) and the certificate must be for it (RFC
 * 9525), or for the address if host is one; with tls-fingerprint, it must be
 * that one and for nobody in particular.  What went wrong is in error.
 */
enum tls_result tls_connect(struct tls *, struct stream *, const char *host,
    struct buf *error);

/*
 * Keeps the certificates of the smarthost when hands are shaken, whether they
 * are accepted or not, for tls_chain: its own first; up to the trust anchor
 * when they lead to one, else those that were sent.  NULL when there are none.
 */
void tls_keep_chain(struct tls *);
const struct stack_st_X509 *tls_chain(const struct tls *);

/* Why the certificate was not accepted: an X509_V_ERR, or X509_V_OK. */
int tls_problem(const struct tls *);

/* Whether a certificate has to be right to be accepted. */
bool tls_verifies(const struct tls *);

/* Appends "TLSv1.3, TLS_AES_256_GCM_SHA384, certificate verified". */
void tls_describe(const struct tls *, struct buf *);

/*
 * Appends what binds an authentication to this session (binding.h).  0, or
 * -1 when it has no binding of the kind.
 */
int tls_channel_binding(const struct tls *, int kind, struct buf *);

/* Tells the other side that nothing follows.  Does not wait. */
void tls_close(struct tls *);
void tls_free(struct tls *);

#endif
