#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "smtp/certificate.h"

#define OWN_CA "(expected name h.example; set tls-ca-file if this is your " \
	"own CA)"

#define A100 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/*
 * What is said of a certificate "/CN=subject", issued by "/CN=issuer", for
 * a.example and two addresses, from 2020 to 2021, by error and depth.
 */
static const struct {
	int error;
	int depth;
	const char *text;
} rows[] = {
	{ X509_V_ERR_HOSTNAME_MISMATCH, 0,
	  "it is for a.example, 192.0.2.1, 2001:db8::1 (expected name "
	  "h.example; the name in relay must be one of these)" },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, 0,
	  "it is for a.example, 192.0.2.1, 2001:db8::1 (" },
	{ X509_V_ERR_CERT_HAS_EXPIRED, 0,
	  "it expired on 2021-01-01 00:00 UTC (expected name h.example; the "
	  "smarthost needs a new one, or the clock here is wrong)" },
	{ X509_V_ERR_CERT_HAS_EXPIRED, 2,
	  "its issuer /CN=subject expired on 2021-01-01 00:00 UTC (" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, 0,
	  "it is not valid before 2020-01-01 00:00 UTC (" },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, 0,
	  "it has a date of beginning that makes no sense (" },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, 1,
	  "its issuer /CN=subject has a date of expiry that makes no " },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0,
	  "it is signed by itself, /CN=issuer (" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, 1,
	  "no trust anchor for its issuer /CN=issuer " OWN_CA },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, 1,
	  "no trust anchor for its issuer /CN=issuer " OWN_CA },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0,
	  "no trust anchor for its issuer /CN=issuer " OWN_CA },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, 0,
	  "no trust anchor for its issuer /CN=issuer " OWN_CA },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, 0,
	  "it has a signature that is not of /CN=issuer (" },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, 1,
	  "its issuer /CN=subject has a key that OpenSSL cannot read (" },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, 0, "it has a key of 256 bits (EC) (" },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, 1,
	  "its issuer /CN=subject has a key of 256 bits (EC) (" },
	{ X509_V_ERR_CA_MD_TOO_WEAK, 0,
	  "it is signed with ecdsa-with-SHA256 (" },
	{ X509_V_ERR_INVALID_PURPOSE, 0, "it is not for TLS servers (" },
	{ X509_V_ERR_INVALID_CA, 1,
	  "its issuer /CN=subject is not the certificate of an authority (" },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, 1,
	  "its issuer /CN=subject may not sign certificates (" },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, 1,
	  "its issuer /CN=subject may not have so many authorities below " },
	{ X509_V_ERR_PERMITTED_VIOLATION, 0, "it has a name that an " },
	{ X509_V_ERR_EXCLUDED_VIOLATION, 0, "it has a name that an " },
	{ X509_V_ERR_CERT_CHAIN_TOO_LONG, 9,
	  "too many certificates lead to a trust anchor (" },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, 0,
	  "it has a critical extension that OpenSSL does not know (" },
	{ X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, 0,
	  "it is a proxy certificate (" },
	{ X509_V_ERR_CERT_UNTRUSTED, 1, "its issuer /CN=subject is marked " },
	{ X509_V_ERR_CERT_REJECTED, 1, "its issuer /CN=subject is marked " },
	/* In OpenSSL's words. */
	{ X509_V_ERR_CERT_REVOKED, 0,
	  "certificate revoked (expected name h.example)" },
};

static void
set_name(X509_NAME *name, const char *text)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)text, -1, -1, 0), 1);
}

static X509 *
make(void)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *x = X509_new();
	X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL,
	    NID_subject_alt_name, "email:x@a.example,DNS:a.example,"
	    "IP:192.0.2.1,URI:http://a.example,IP:2001:db8::1");

	set_name(X509_get_subject_name(x), "subject");
	set_name(X509_get_issuer_name(x), "issuer");
	ASN1_TIME_set_string(X509_getm_notBefore(x), "20200101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(x), "20210101000000Z");
	X509_add_ext(x, names, -1);
	X509_EXTENSION_free(names);
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	EVP_PKEY_free(key);
	return x;
}

static void
test_rows(void **state)
{
	struct buf text = { 0 };
	X509 *x = make();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&text);
		certificate_explain(rows[i].error, rows[i].depth, x,
		    "h.example", &text);
		if (strncmp(text.data, rows[i].text, strlen(rows[i].text)) !=
		    0 || strstr(text.data, "(expected name h.example") == NULL)
			fail_msg("%d: %s", rows[i].error, text.data);
	}
	/* Some are about no certificate. */
	buf_clear(&text);
	certificate_explain(X509_V_ERR_CERT_HAS_EXPIRED, 0, NULL, "h.example",
	    &text);
	assert_string_equal(text.data,
	    "certificate has expired (expected name h.example)");
	buf_free(&text);
	X509_free(x);
}

/* A name has no end, and no control characters. */
static void
test_names(void **state)
{
	struct buf text = { 0 };
	X509 *x = X509_new();
	X509_EXTENSION *names;

	(void)state;
	for (int i = 0; i < 64; i++)
		set_name(X509_get_issuer_name(x), "evil\n\x1b[31m");
	certificate_explain(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0,
	    x, "h.example", &text);
	assert_null(strpbrk(text.data, "\n\x1b"));
	assert_true(text.len < 300);
	assert_non_null(strstr(text.data, "set tls-ca-file"));
	names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
	    "DNS:" A100 A100 ",DNS:b.example");
	X509_add_ext(x, names, -1);
	X509_EXTENSION_free(names);
	buf_clear(&text);
	certificate_explain(X509_V_ERR_HOSTNAME_MISMATCH, 0, x, "h.example",
	    &text);
	assert_non_null(strstr(text.data, "aa, b.example (expected "));
	assert_true(text.len < 200);
	buf_free(&text);
	X509_free(x);
}

static void
test_described(void **state)
{
	struct buf text = { 0 };
	X509 *x = make();

	(void)state;
	certificate_describe(x, &text);
	assert_string_equal(text.data, "/CN=subject, issued by /CN=issuer, "
	    "valid until 2021-01-01 00:00 UTC");
	assert_true(certificate_days_left(x) < -1000);
	X509_gmtime_adj(X509_getm_notAfter(x), 3 * 86400 + 3600);
	assert_int_equal(certificate_days_left(x), 3);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	assert_int_equal(certificate_days_left(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), -3600);
	assert_int_equal(certificate_days_left(x), -1);
	buf_free(&text);
	X509_free(x);
}

/* Names of a certificate, and the one that can stand in relay. */
static const struct {
	const char *names;
	const char *host;
} hosts[] = {
	{ "DNS:a.example,DNS:b.example", "a.example" },
	{ "DNS:*.example,DNS:b.example", "b.example" },
	{ "email:x@a.example,IP:192.0.2.1", "192.0.2.1" },
	{ "IP:2001:db8::1,URI:http://a.example", NULL },
	{ "DNS:" A100 ",DNS:b.example", "b.example" },
	{ "DNS:*.example", NULL },
};

static void
test_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL,
		    NID_subject_alt_name, hosts[i].names);
		struct buf text = { 0 };
		X509 *x = X509_new();

		X509_add_ext(x, names, -1);
		X509_EXTENSION_free(names);
		buf_adds(&text, "> ");
		assert_int_equal(certificate_host(x, &text),
		    hosts[i].host != NULL ? 0 : -1);
		assert_string_equal(text.data + 2,
		    hosts[i].host != NULL ? hosts[i].host : "");
		buf_free(&text);
		X509_free(x);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_described),
		cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
