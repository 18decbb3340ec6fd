#include <config.h>

#include "smtp/binding.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/buf.h"

const char *
binding_name(enum binding kind)
{
	return kind == BINDING_EXPORTER ? "tls-exporter" :
	    "tls-server-end-point";
}

static int
get_exporter(SSL *ssl, struct buf *out)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	unsigned char key[32];

	if (SSL_version(ssl) < TLS1_3_VERSION ||
	    SSL_export_keying_material(ssl, key, sizeof(key), label,
	    strlen(label), NULL, 0, 0) != 1)
		return -1;
	buf_add(out, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	return 0;
}

/*
 * The digest of the certificate that its own signature is over, but SHA-256
 * in place of MD5 and SHA-1.
 */
static int
get_end_point(const X509 *certificate, struct buf *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	const EVP_MD *method = NULL;
	unsigned len;
	int nid;

	if (certificate == NULL ||
	    X509_get_signature_info((X509 *)certificate, &nid, NULL, NULL,
	    NULL) != 1)
		return -1;
	if (nid == NID_md5 || nid == NID_sha1)
		nid = NID_sha256;
	if (nid != NID_undef)
		method = EVP_get_digestbynid(nid);
	if (method == NULL ||
	    X509_digest(certificate, method, digest, &len) != 1)
		return -1;
	buf_add(out, digest, len);
	return 0;
}

int
binding_get(SSL *ssl, enum binding kind, struct buf *out)
{
	X509 *certificate;
	int result;

	if (kind == BINDING_EXPORTER)
		result = get_exporter(ssl, out);
	else {
		certificate = SSL_get1_peer_certificate(ssl);
		result = get_end_point(certificate, out);
		X509_free(certificate);
	}
	ERR_clear_error();
	return result;
}
