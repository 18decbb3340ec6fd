#include <config.h>

#include "smtp/reason.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pemerr.h>
#include <openssl/sslerr.h>
#include <openssl/x509err.h>

struct hint {
	int library;
	int reason;
	const char *text;
};

#define NEWER	"no TLS version in common: check tls-min-version"
#define OLD	"the TLS of the smarthost is too old or too weak for OpenSSL"
#define OURS	"the smarthost does not accept our certificate: check " \
		"tls-cert-file"

static const struct hint hints[] = {
	{ ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER, "no TLS there: smtps:// "
	    "has it from the start (port 465), smtp:// after STARTTLS (port "
	    "587)" },
	{ ERR_LIB_SSL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, NEWER },
	{ ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL, NEWER },
	{ ERR_LIB_SSL, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, "the smarthost "
	    "refused: no cipher in common, or it wants a certificate of ours "
	    "(tls-cert-file)" },
	{ ERR_LIB_SSL, SSL_R_DH_KEY_TOO_SMALL, OLD " (DH key too small)" },
	{ ERR_LIB_SSL, SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED,
	    OLD " (no RFC 5746)" },
	{ ERR_LIB_SSL, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
	    "the smarthost wants a certificate of ours: set tls-cert-file" },
	{ ERR_LIB_SSL, SSL_R_TLSV1_ALERT_UNKNOWN_CA, OURS },
	{ ERR_LIB_SSL, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, OURS },
	{ ERR_LIB_SSL, SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, OURS },
	{ ERR_LIB_SSL, SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, OURS },
	{ ERR_LIB_SSL, SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
	    OURS " (revoked)" },
	{ ERR_LIB_SSL, SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
	    OURS " (expired)" },
	{ ERR_LIB_SSL, SSL_R_CA_MD_TOO_WEAK, "the signature of a certificate "
	    "in it is too weak" },
	{ ERR_LIB_SSL, SSL_R_EE_KEY_TOO_SMALL, "the key is too small" },
	{ ERR_LIB_PEM, PEM_R_NO_START_LINE, "nothing in PEM in it" },
	{ ERR_LIB_OSSL_DECODER, ERR_R_UNSUPPORTED, "no key in PEM in it" },
	{ ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH,
	    "does not belong to the certificate in tls-cert-file" },
	{ ERR_LIB_X509, X509_R_KEY_TYPE_MISMATCH,
	    "does not belong to the certificate in tls-cert-file" },
};
enum { NHINTS = sizeof(hints) / sizeof(hints[0]) };

const char *
reason_text(void)
{
	unsigned long first = ERR_peek_error(), last = ERR_peek_last_error();
	const char *text = ERR_reason_error_string(last);

	if (ERR_SYSTEM_ERROR(first))
		return strerror(ERR_GET_REASON(first));
	for (size_t i = 0; i < NHINTS; i++)
		if (ERR_GET_LIB(last) == hints[i].library &&
		    ERR_GET_REASON(last) == hints[i].reason)
			return hints[i].text;
	return text != NULL ? text : "unknown error";
}

bool
reason_is_no_tls(void)
{
	unsigned long last = ERR_peek_last_error();

	return ERR_GET_LIB(last) == ERR_LIB_SSL &&
	    ERR_GET_REASON(last) == SSL_R_WRONG_VERSION_NUMBER;
}
