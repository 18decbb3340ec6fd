#include <config.h>

#include "smtp/identity.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/io.h"
#include "smtp/reason.h"
#include "smtp/secret.h"

enum {
	CHAIN_MAX = 1024 * 1024,
	KEY_MAX = 64 * 1024,	/* of RSA with 16384 bits: 12 KB */
};

/* Our certificate comes first, then those that lead to its authority. */
static const char *
use_chain(SSL_CTX *ctx, BIO *bio)
{
	X509 *certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
	int result = certificate != NULL ?
	    SSL_CTX_use_certificate(ctx, certificate) : 0;

	X509_free(certificate);
	while (result == 1 && (certificate = PEM_read_bio_X509(bio, NULL,
	    NULL, NULL)) != NULL) {
		result = (int)SSL_CTX_add0_chain_cert(ctx, certificate);
		if (result != 1)
			X509_free(certificate);
	}
	/* It has been read to its end. */
	if (result == 1 && ERR_GET_REASON(ERR_peek_last_error()) ==
	    PEM_R_NO_START_LINE)
		return NULL;
	return reason_text();
}

static const char *
load_chain(SSL_CTX *ctx, const char *path)
{
	struct buf text = { 0 };
	const char *wrong = NULL;
	BIO *bio;

	if (io_read_named(path, &text, CHAIN_MAX) == -1)
		wrong = strerror(errno);
	else if (text.len == 0)
		wrong = "is empty";
	else if ((bio = BIO_new_mem_buf(text.data, (int)text.len)) != NULL) {
		wrong = use_chain(ctx, bio);
		BIO_free(bio);
	} else
		wrong = reason_text();
	buf_free(&text);
	return wrong;
}

/* OpenSSL asks for the password of the key: there is none. */
static int
on_encrypted(char *password, int size, int writing, void *asked)
{
	(void)password;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

static const char *
use_key(SSL_CTX *ctx, BIO *bio)
{
	bool encrypted = false;
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, on_encrypted,
	    &encrypted);
	int result = key != NULL ? SSL_CTX_use_PrivateKey(ctx, key) : 0;

	EVP_PKEY_free(key);
	if (result == 1)
		return NULL;
	return encrypted ? "is encrypted; take the password off with "
	    "openssl pkey" : reason_text();
}

static const char *
load_key(SSL_CTX *ctx, const char *path)
{
	struct buf text = { 0 };
	const char *wrong = secret_read(path, &text, KEY_MAX);
	BIO *bio;

	if (wrong == NULL && text.len == 0)
		wrong = "is empty";
	else if (wrong == NULL) {
		bio = BIO_new_mem_buf(text.data, (int)text.len);
		wrong = bio != NULL ? use_key(ctx, bio) : reason_text();
		BIO_free(bio);
	}
	buf_free(&text);
	return wrong;
}

int
identity_load(SSL_CTX *ctx, const char *certificate_file,
    const char *key_file, struct buf *error)
{
	const char *wrong;

	ERR_clear_error();
	if ((wrong = load_chain(ctx, certificate_file)) != NULL)
		buf_printf(error, "tls-cert-file %s: %s", certificate_file,
		    wrong);
	ERR_clear_error();
	if (wrong == NULL && (wrong = load_key(ctx, key_file)) != NULL)
		buf_printf(error, "tls-key-file %s: %s", key_file, wrong);
	ERR_clear_error();
	return wrong == NULL ? 0 : -1;
}
