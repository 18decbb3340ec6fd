/*
 * OpenSMTPD 6.8 keeps the private key in a process of its own and marks the
 * public one so that it is asked to sign.  OpenSSL 3 gives it a copy to mark,
 * and the handshake fails for want of a private key.  Preloaded, this has the
 * marked copy used, as newer versions of OpenSMTPD do themselves.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <dlfcn.h>
#include <stddef.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>

int
SSL_CTX_use_PrivateKey(SSL_CTX *ctx, EVP_PKEY *key)
{
	int (*use)(SSL_CTX *, EVP_PKEY *) = (int (*)(SSL_CTX *, EVP_PKEY *))
	    dlsym(RTLD_NEXT, "SSL_CTX_use_PrivateKey");
	EVP_PKEY *marked = EVP_PKEY_new();
	RSA *rsa = EVP_PKEY_get1_RSA(key);
	int result;

	result = marked != NULL && EVP_PKEY_set1_RSA(marked, rsa) == 1 &&
	    use(ctx, marked) == 1;
	RSA_free(rsa);
	EVP_PKEY_free(marked);
	return result;
}
