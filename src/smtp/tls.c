#include <config.h>

#include "smtp/tls.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "smtp/anchors.h"
#include "smtp/binding.h"
#include "smtp/certificate.h"
#include "smtp/fault.h"
#include "smtp/identity.h"
#include "smtp/pin.h"
#include "smtp/reason.h"
#include "smtp/stream.h"
#include "spool/config.h"

enum trust {			/* which certificate is accepted */
	TRUST_ANY,
	TRUST_PINNED,		/* one in tls-fingerprint */
	TRUST_ANCHORS,		/* one that leads to a trust anchor */
};

struct tls {
	SSL_CTX *ctx;
	SSL *ssl;
	const struct config *config;
	const char *host;
	enum trust trust;
	struct anchors *anchors; /* NULL when they are not needed */
	struct buf *error;	/* where the verification says what is wrong */
	bool keeping;		/* the chain, for who will look at it */
	STACK_OF(X509) *chain;	/* NULL: none seen, or not kept */
};

/* The trust anchors, of tls-ca-file or the system.  0 or -1. */
static int
load_anchors(struct tls *t, struct buf *error)
{
	const char *file = t->config->tls_ca_file;
	struct buf wrong = { 0 };
	char *rest, *line;

	t->anchors = anchors_new();
	if (file != NULL)
		anchors_read(t->anchors, file, &wrong);
	else
		anchors_read_system(t->anchors, &wrong);
	/* One that is broken is as good as none; the others are not worse. */
	rest = wrong.data;
	if (anchors_count(t->anchors) == 0)
		buf_printf(error, "%s", strsep(&rest, "\n"));
	else
		while ((line = strsep(&rest, "\n")) != NULL && *line != '\0')
			log_warnx("trust anchors: %s", line);
	buf_free(&wrong);
	anchors_serve(t->anchors, SSL_CTX_get_cert_store(t->ctx));
	return anchors_count(t->anchors) > 0 ? 0 : -1;
}

/* Keeps the certificates as the smarthost has sent them. */
static void
keep(struct tls *t, STACK_OF(X509) *chain)
{
	if (t->keeping && t->chain == NULL && chain != NULL)
		t->chain = X509_chain_up_ref(chain);
}

/*
 * Called by OpenSSL for each certificate of the chain, the result so far in
 * ok: keeps what is wrong in words as long as the certificate is at hand.
 */
static int
on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *t = SSL_get_app_data(ssl);

	keep(t, ok ? NULL : X509_STORE_CTX_get0_untrusted(store));
	if (!ok && t->error->len == 0)
		certificate_explain(X509_STORE_CTX_get_error(store),
		    X509_STORE_CTX_get_error_depth(store),
		    X509_STORE_CTX_get_current_cert(store), t->host, t->error);
	return ok;
}

/*
 * Called by OpenSSL in place of all verification: the certificate must be
 * one of those that are known.
 */
static int
on_pinned(X509_STORE_CTX *store, void *context)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *t = SSL_get_app_data(ssl);

	(void)context;
	keep(t, X509_STORE_CTX_get0_untrusted(store));
	if (pin_matches(t->config->tls_fingerprint,
	    X509_STORE_CTX_get0_cert(store), t->error))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

static int
set_up(SSL_CTX *ctx, const struct config *config)
{
	int version = config->tls_min_version == TLS_1_3 ? TLS1_3_VERSION :
	    TLS1_2_VERSION;

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, version) != 1)
		return -1;
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
	/*
	 * Once shaken, hands are not shaken again: RFC 8446 has no need.  A
	 * ticket would be for a later session, which is another process.
	 */
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return 0;
}

/* How the certificate of the smarthost is looked at.  0 or -1. */
static int
set_verification(struct tls *t, struct buf *error)
{
	if (t->trust == TRUST_PINNED)
		SSL_CTX_set_cert_verify_callback(t->ctx, on_pinned, NULL);
	SSL_CTX_set_verify(t->ctx, t->trust == TRUST_ANY ? SSL_VERIFY_NONE :
	    SSL_VERIFY_PEER, t->trust == TRUST_ANCHORS ? on_verify : NULL);
	return t->trust == TRUST_ANCHORS ? load_anchors(t, error) : 0;
}

/* Reads what there is to read.  0, or -1 with the fault. */
static int
set_up_all(struct tls *t, int *fault, struct buf *error)
{
	*fault = FAULT_OPENSSL;
	if (set_up(t->ctx, t->config) == -1) {
		buf_adds(error, reason_text());
		return -1;
	}
	*fault = FAULT_ANCHORS;
	if (set_verification(t, error) == -1)
		return -1;
	*fault = FAULT_IDENTITY;
	return t->config->tls_cert_file != NULL ? identity_load(t->ctx,
	    t->config->tls_cert_file, t->config->tls_key_file, error) : 0;
}

struct tls *
tls_new(const struct config *config, int *fault, struct buf *error)
{
	struct tls *t = xcalloc(1, sizeof(*t));

	t->config = config;
	if (config->tls_fingerprint != NULL)
		t->trust = TRUST_PINNED;
	else if (config->relay.implicit_tls || config->tls == TLS_REQUIRED)
		t->trust = TRUST_ANCHORS;
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (set_up_all(t, fault, error) == -1) {
		tls_free(t);
		return NULL;
	}
	ERR_clear_error();
	return t;
}

/* What stopped OpenSSL, in the terms of a layer of the stream. */
static ssize_t
layer_result(struct tls *t, int result, const char **error)
{
	*error = NULL;
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return STREAM_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return STREAM_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return errno == 0 ? 0 : STREAM_FAILED;
	default:
		if (ERR_GET_REASON(ERR_peek_last_error()) ==
		    SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return 0;
		*error = reason_text();
		return STREAM_FAILED;
	}
}

static ssize_t
layer_read(void *context, void *data, size_t len, const char **error)
{
	struct tls *t = context;
	size_t n;

	errno = 0;
	ERR_clear_error();
	if (SSL_read_ex(t->ssl, data, len, &n) == 1)
		return (ssize_t)n;
	return layer_result(t, 0, error);
}

static ssize_t
layer_write(void *context, const void *data, size_t len, const char **error)
{
	struct tls *t = context;
	size_t n;

	errno = 0;
	ERR_clear_error();
	if (SSL_write_ex(t->ssl, data, len, &n) == 1)
		return (ssize_t)n;
	return layer_result(t, 0, error);
}

static const struct stream_layer layer = { layer_read, layer_write };

/* Sets whom the certificate must be for.  1 or 0, as in OpenSSL. */
static int
expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	unsigned char address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, host);
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
	    SSL_set_tlsext_host_name(ssl, host) == 1;
}

static enum tls_result
handshake(struct tls *t, struct stream *stream, struct buf *error)
{
	const char *text;
	ssize_t n;
	int result;

	for (;;) {
		errno = 0;
		ERR_clear_error();
		if ((result = SSL_connect(t->ssl)) == 1)
			return TLS_DONE;
		n = layer_result(t, result, &text);
		if (n == 0 || n == STREAM_FAILED)
			break;
		if (stream_wait(stream, n) == -1) {
			buf_adds(error, stream_error(stream));
			return TLS_FAILED;
		}
	}
	if (error->len > 0)
		return TLS_UNTRUSTED;
	if (n == 0)
		text = "connection closed by the other side";
	buf_adds(error, text != NULL ? text : strerror(errno));
	return reason_is_no_tls() ? TLS_ABSENT : TLS_FAILED;
}

/*
 * Called by OpenSSL before it reads.  It reads on by itself over what is for
 * itself (a HelloRequest, a KeyUpdate, tickets), however much of that comes.
 */
static long
on_read(BIO *bio, int operation, const char *data, size_t len, int number,
    long argument, int result, size_t *processed)
{
	const struct stream *stream = (void *)BIO_get_callback_arg(bio);

	(void)data;
	(void)len;
	(void)number;
	(void)argument;
	(void)processed;
	if (operation != BIO_CB_READ || !stream_is_late(stream))
		return result;
	BIO_set_retry_read(bio);
	return -1;
}

static int
use_stream(SSL *ssl, struct stream *stream)
{
	if (SSL_set_fd(ssl, stream_fd(stream)) != 1)
		return -1;
	BIO_set_callback_ex(SSL_get_rbio(ssl), on_read);
	BIO_set_callback_arg(SSL_get_rbio(ssl), (char *)stream);
	return 0;
}

enum tls_result
tls_connect(struct tls *t, struct stream *stream, const char *host,
    struct buf *error)
{
	enum tls_result result;

	t->host = host;
	t->error = error;
	t->ssl = SSL_new(t->ctx);
	if (t->ssl == NULL || SSL_set_app_data(t->ssl, t) != 1 ||
	    use_stream(t->ssl, stream) == -1 ||
	    expect_host(t->ssl, host) != 1) {
		buf_adds(error, reason_text());
		return TLS_FAILED;
	}
	result = handshake(t, stream, error);
	/* There will be no other. */
	anchors_clear(t->anchors);
	if (result == TLS_DONE) {
		stream_set_layer(stream, &layer, t);
		keep(t, t->trust == TRUST_ANCHORS ?
		    SSL_get0_verified_chain(t->ssl) :
		    SSL_get_peer_cert_chain(t->ssl));
	}
	return result;
}

void
tls_keep_chain(struct tls *t)
{
	t->keeping = true;
}

const struct stack_st_X509 *
tls_chain(const struct tls *t)
{
	return t->chain;
}

int
tls_problem(const struct tls *t)
{
	return t->ssl != NULL ? (int)SSL_get_verify_result(t->ssl) : X509_V_OK;
}

bool
tls_verifies(const struct tls *t)
{
	return t->trust != TRUST_ANY;
}

void
tls_describe(const struct tls *t, struct buf *out)
{
	static const char *const certificate[] = {
		[TRUST_ANY] = "not verified",
		[TRUST_PINNED] = "known by its fingerprint",
		[TRUST_ANCHORS] = "verified",
	};

	buf_printf(out, "%s, %s, certificate %s", SSL_get_version(t->ssl),
	    SSL_get_cipher_name(t->ssl), certificate[t->trust]);
}

int
tls_channel_binding(const struct tls *t, int kind, struct buf *out)
{
	return binding_get(t->ssl, (enum binding)kind, out);
}

void
tls_close(struct tls *t)
{
	ERR_clear_error();
	if (t->ssl != NULL && SSL_is_init_finished(t->ssl))
		SSL_shutdown(t->ssl);
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	sk_X509_pop_free(t->chain, X509_free);
	anchors_free(t->anchors);
	free(t);
}
