#include <config.h>

#include "smtp/digest.h"

#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static const EVP_MD *
method(enum digest d)
{
	switch (d) {
	case DIGEST_MD5:
		return EVP_md5();
	case DIGEST_SHA_1:
		return EVP_sha1();
	case DIGEST_SHA_256:
		break;
	}
	return EVP_sha256();
}

void
digest_prepare(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
}

size_t
digest_size(enum digest d)
{
	return (size_t)EVP_MD_get_size(method(d));
}

int
digest_hash(enum digest d, const void *data, size_t len,
    unsigned char *result)
{
	return EVP_Digest(data, len, result, NULL, method(d), NULL) == 1 ? 0 :
	    -1;
}

int
digest_hmac(enum digest d, const void *key, size_t key_len, const void *data,
    size_t len, unsigned char *result)
{
	if (key_len > INT_MAX ||
	    HMAC(method(d), key, (int)key_len, data, len, result,
	    NULL) == NULL)
		return -1;
	return 0;
}

int
digest_stretch(enum digest d, const char *password, const void *salt,
    size_t salt_len, unsigned iterations, unsigned char *result)
{
	size_t len = strlen(password);

	if (len > INT_MAX || salt_len > INT_MAX || iterations > INT_MAX)
		return -1;
	return PKCS5_PBKDF2_HMAC(password, (int)len, salt, (int)salt_len,
	    (int)iterations, method(d), (int)digest_size(d), result) == 1 ?
	    0 : -1;
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
