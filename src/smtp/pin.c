#include <config.h>

#include "smtp/pin.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "spool/fingerprint.h"

/* Takes the fingerprints of a certificate; false when OpenSSL cannot. */
static bool
take(X509 *certificate, struct fingerprint *whole, struct fingerprint *key)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	bool taken;

	*whole = (struct fingerprint){ .of_key = false };
	*key = (struct fingerprint){ .of_key = true };
	taken = len > 0 && EVP_Digest(der, (size_t)len, key->digest, NULL,
	    EVP_sha256(), NULL) == 1 &&
	    X509_digest(certificate, EVP_sha256(), whole->digest, NULL) == 1;
	OPENSSL_free(der);
	return taken;
}

bool
pin_matches(const char *fingerprints, X509 *certificate, struct buf *error)
{
	struct fingerprint pin, whole, key;
	bool malformed;

	if (certificate == NULL || !take(certificate, &whole, &key)) {
		buf_adds(error, "it has no fingerprint");
		return false;
	}
	while ((fingerprints = fingerprint_next(fingerprints, &pin,
	    &malformed)) != NULL)
		if (memcmp(pin.digest, pin.of_key ? key.digest : whole.digest,
		    FINGERPRINT_SIZE) == 0)
			return true;
	buf_adds(error, "it has ");
	fingerprint_print(&whole, error);
	buf_adds(error, " and ");
	fingerprint_print(&key, error);
	buf_adds(error, "; neither is in tls-fingerprint, ask the smarthost's "
	    "people whether it is theirs");
	return false;
}

int
pin_print(X509 *certificate, struct buf *out)
{
	struct fingerprint whole, key;

	if (!take(certificate, &whole, &key))
		return -1;
	fingerprint_print(&whole, out);
	return 0;
}
