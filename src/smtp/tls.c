#include <config.h>

#include "smtp/tls.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "smtp/certificate.h"
#include "smtp/stream.h"
#include "spool/config.h"

struct tls {
	SSL_CTX *ctx;
	SSL *ssl;
	const struct config *config;
	const char *host;
	bool verify;
	struct buf *error;	/* where the verification says what is wrong */
};

/* Where systems keep their trust anchors in one file. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Arch, Gentoo */
	"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora, RHEL */
	"/etc/ssl/ca-bundle.pem",		/* SUSE */
	"/etc/ssl/cert.pem",			/* Alpine, the BSDs */
};
enum { NBUNDLES = sizeof(bundles) / sizeof(bundles[0]) };

struct hint {
	int reason;
	const char *text;
};

/* What OpenSSL's words for a failure mean to an administrator. */
static const struct hint hints[] = {
	{ SSL_R_WRONG_VERSION_NUMBER, "no TLS there: smtps:// has it from "
	    "the start (port 465), smtp:// after STARTTLS (port 587)" },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
	    "no TLS version in common: check tls-min-version" },
	{ SSL_R_UNSUPPORTED_PROTOCOL,
	    "no TLS version in common: check tls-min-version" },
};
enum { NHINTS = sizeof(hints) / sizeof(hints[0]) };

/* The reason of what is in OpenSSL's queue of errors, in words. */
static const char *
reason(void)
{
	unsigned long first = ERR_peek_error(), last = ERR_peek_last_error();
	const char *text = ERR_reason_error_string(last);

	if (ERR_SYSTEM_ERROR(first))
		return strerror(ERR_GET_REASON(first));
	for (size_t i = 0; i < NHINTS; i++)
		if (ERR_GET_LIB(last) == ERR_LIB_SSL &&
		    ERR_GET_REASON(last) == hints[i].reason)
			return hints[i].text;
	return text != NULL ? text : "unknown error";
}

static bool
has_anchors(SSL_CTX *ctx)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);

	return sk_X509_OBJECT_num(X509_STORE_get0_objects(store)) > 0;
}

/*
 * The system's trust anchors: one file, read now.  A directory of hashed
 * names, which OpenSSL reads when a certificate asks for it, is the last
 * resort.
 */
static int
load_system_anchors(SSL_CTX *ctx)
{
	SSL_CTX_set_default_verify_file(ctx);
	for (size_t i = 0; i < NBUNDLES && !has_anchors(ctx); i++)
		SSL_CTX_load_verify_file(ctx, bundles[i]);
	if (has_anchors(ctx) || SSL_CTX_set_default_verify_dir(ctx) == 1)
		return 0;
	return -1;
}

static int
load_anchors(struct tls *t, struct buf *error)
{
	const char *file = t->config->tls_ca_file;

	if (file != NULL && SSL_CTX_load_verify_file(t->ctx, file) != 1) {
		buf_printf(error, "tls-ca-file %s: %s", file, reason());
		return -1;
	}
	if (file == NULL && load_system_anchors(t->ctx) == -1) {
		buf_printf(error, "the system's trust anchors: %s", reason());
		return -1;
	}
	return 0;
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

	if (!ok && t->verify && t->error->len == 0)
		certificate_explain(X509_STORE_CTX_get_error(store),
		    X509_STORE_CTX_get_current_cert(store), t->host, t->error);
	return ok;
}

struct tls *
tls_new(const struct config *config, struct buf *error)
{
	struct tls *t = xcalloc(1, sizeof(*t));
	int version = config->tls_min_version == TLS_1_3 ? TLS1_3_VERSION :
	    TLS1_2_VERSION;

	t->config = config;
	t->verify = config->tls != TLS_OPPORTUNISTIC ||
	    config->relay.implicit_tls;
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (t->ctx == NULL ||
	    SSL_CTX_set_min_proto_version(t->ctx, version) != 1) {
		buf_printf(error, "OpenSSL: %s", reason());
		tls_free(t);
		return NULL;
	}
	SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
	/* Once shaken, hands are not shaken again: RFC 8446 has no need. */
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(t->ctx,
	    t->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, on_verify);
	if (t->verify && load_anchors(t, error) == -1) {
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
		*error = reason();
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
	return TLS_FAILED;
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
	    SSL_set_fd(t->ssl, stream_fd(stream)) != 1 ||
	    expect_host(t->ssl, host) != 1) {
		buf_adds(error, reason());
		return TLS_FAILED;
	}
	result = handshake(t, stream, error);
	if (result == TLS_DONE)
		stream_set_layer(stream, &layer, t);
	return result;
}

void
tls_describe(const struct tls *t, struct buf *out)
{
	buf_printf(out, "%s, %s, certificate %s", SSL_get_version(t->ssl),
	    SSL_get_cipher_name(t->ssl),
	    t->verify ? "verified" : "not verified");
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
	free(t);
}
