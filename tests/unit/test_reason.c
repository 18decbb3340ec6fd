#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/pemerr.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>

#include "smtp/reason.h"

/* What OpenSSL puts into its queue, and with what the words for it begin. */
static const struct {
	int library;
	int reason;
	const char *text;
} rows[] = {
	{ ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER, "no TLS there: smtps://" },
	{ ERR_LIB_SSL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
	  "no TLS version in common: check tls-min-version" },
	{ ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL,
	  "no TLS version in common: check tls-min-version" },
	{ ERR_LIB_SSL, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
	  "the smarthost refused: no cipher in common, or " },
	{ ERR_LIB_SSL, SSL_R_DH_KEY_TOO_SMALL,
	  "the TLS of the smarthost is too old or too weak for OpenSSL (DH " },
	{ ERR_LIB_SSL, SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED,
	  "the TLS of the smarthost is too old or too weak for OpenSSL (no " },
	{ ERR_LIB_SSL, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
	  "the smarthost wants a certificate of ours" },
	{ ERR_LIB_SSL, SSL_R_TLSV1_ALERT_UNKNOWN_CA,
	  "the smarthost does not accept our certificate" },
	{ ERR_LIB_SSL, SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
	  "the smarthost does not accept our certificate: check "
	  "tls-cert-file (revoked)" },
	{ ERR_LIB_SSL, SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
	  "the smarthost does not accept our certificate: check "
	  "tls-cert-file (expired)" },
	{ ERR_LIB_SSL, SSL_R_CA_MD_TOO_WEAK, "the signature of a " },
	{ ERR_LIB_SSL, SSL_R_EE_KEY_TOO_SMALL, "the key is too small" },
	{ ERR_LIB_PEM, PEM_R_NO_START_LINE, "nothing in PEM in it" },
	{ ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH, "does not belong to " },
	/* The number alone means nothing. */
	{ ERR_LIB_SSL, PEM_R_NO_START_LINE, "bad key share" },
	/* In OpenSSL's words where there are no better ones. */
	{ ERR_LIB_SSL, SSL_R_NO_CIPHERS_AVAILABLE, "no ciphers available" },
	{ ERR_LIB_SYS, ECONNRESET, "Connection reset by peer" },
};

static void
test_rows(void **state)
{
	(void)state;
	OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ERR_clear_error();
		ERR_raise(rows[i].library, rows[i].reason);
		if (strncmp(reason_text(), rows[i].text,
		    strlen(rows[i].text)) != 0)
			fail_msg("%zu: %s", i, reason_text());
	}
	ERR_clear_error();
	assert_string_equal(reason_text(), "unknown error");
	/* What the system said first counts, the last otherwise. */
	ERR_raise(ERR_LIB_SYS, ENOENT);
	ERR_raise(ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER);
	assert_string_equal(reason_text(), "No such file or directory");
	ERR_clear_error();
	ERR_raise(ERR_LIB_PEM, PEM_R_NO_START_LINE);
	ERR_raise(ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER);
	assert_non_null(strstr(reason_text(), "no TLS there"));
	ERR_clear_error();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
