#ifndef SMTP_BINDING_H
#define SMTP_BINDING_H

#include <openssl/types.h>

struct buf;

/*
 * Channel bindings: what binds an authentication to one session of TLS, so
 * that whoever is in between cannot pass it on.
 */
enum binding {
	BINDING_EXPORTER,	/* RFC 9266: keys of TLS 1.3 */
	BINDING_END_POINT,	/* RFC 5929, section 4: the certificate */
	BINDING_MAX,
};

/* "tls-exporter", "tls-server-end-point". */
const char *binding_name(enum binding);

/*
 * Appends the bytes.  0, or -1 when the session has none of this kind: no
 * TLS 1.3, or a certificate whose signature has no digest of its own.
 */
int binding_get(SSL *, enum binding, struct buf *);

#endif
