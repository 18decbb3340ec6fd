#include <config.h>

#include "smtp/certificate.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "spool/hostname.h"

enum {
	NAMES_SHOWN = 5,	/* Some certificates are for hundreds. */
	NAME_LENGTH = 160,	/* Longer ones are cut. */
	HOST_LENGTH = 64,
};

static void
add_address(const ASN1_OCTET_STRING *address, struct buf *out)
{
	int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
	char text[INET6_ADDRSTRLEN];

	if (family == AF_INET6 && ASN1_STRING_length(address) != 16)
		return;
	if (inet_ntop(family, ASN1_STRING_get0_data(address), text,
	    sizeof(text)) != NULL)
		buf_adds(out, text);
}

static void
add_host(const ASN1_IA5STRING *host, struct buf *out)
{
	int len = ASN1_STRING_length(host);

	buf_printf(out, "%.*s", len < HOST_LENGTH ? len : HOST_LENGTH,
	    ASN1_STRING_get0_data(host));
}

static void
add_name(const X509_NAME *name, struct buf *out)
{
	char text[NAME_LENGTH];

	X509_NAME_oneline(name, text, sizeof(text));
	buf_adds(out, text);
}

/* Appends a name of a host or an address; others do not matter here. */
static void
add_host_of(const GENERAL_NAME *name, struct buf *out)
{
	if (name->type == GEN_DNS)
		add_host(name->d.dNSName, out);
	else if (name->type == GEN_IPADD)
		add_address(name->d.iPAddress, out);
}

/* Appends the names and addresses that the certificate is for. */
static void
add_names(X509 *certificate, struct buf *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate,
	    NID_subject_alt_name, NULL, NULL);
	struct buf host = { 0 };
	int shown = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		buf_clear(&host);
		add_host_of(sk_GENERAL_NAME_value(names, i), &host);
		if (host.len == 0)
			continue;
		if (shown > 0)
			buf_adds(out, ", ");
		if (shown++ == NAMES_SHOWN) {
			buf_adds(out, "...");
			break;
		}
		buf_adds(out, host.data);
	}
	if (shown == 0)
		add_name(X509_get_subject_name(certificate), out);
	buf_free(&host);
	GENERAL_NAMES_free(names);
}

static void
add_date(const ASN1_TIME *time, struct buf *out)
{
	char text[32] = "an unknown date";
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) == 1)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	buf_adds(out, text);
}

static void
add_expiry(X509 *certificate, struct buf *out)
{
	add_date(X509_get0_notAfter(certificate), out);
}

static void
add_beginning(X509 *certificate, struct buf *out)
{
	add_date(X509_get0_notBefore(certificate), out);
}

static void
add_issuer(X509 *certificate, struct buf *out)
{
	add_name(X509_get_issuer_name(certificate), out);
}

static void
add_key(X509 *certificate, struct buf *out)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);

	if (key != NULL)
		buf_printf(out, "%d bits (%s)", EVP_PKEY_get_bits(key),
		    EVP_PKEY_get0_type_name(key));
}

static void
add_signature(X509 *certificate, struct buf *out)
{
	buf_adds(out, OBJ_nid2sn(X509_get_signature_nid(certificate)));
}

static void
add_nothing(X509 *certificate, struct buf *out)
{
	(void)certificate;
	(void)out;
}

#define ISSUER	"no trust anchor for its issuer "
#define OWN_CA	"set tls-ca-file if this is your own CA"
#define NAME	" is for "
#define RELAY	"the name in relay must be one of these"
#define RENEW	"the smarthost needs another one"
#define WEAK	"too weak for OpenSSL's security level: " RENEW
#define CLOCK	"is the clock here wrong?"
#define CHAIN	"the smarthost, or tls-ca-file, needs others"
#define MARKED	"see openssl x509 -addtrust"

/*
 * What begins with a blank follows "it" or, further up in the chain, "its
 * issuer NAME".
 */
struct problem {
	int error;
	const char *what;
	void (*add)(X509 *, struct buf *);
	const char *advice;
};

static const struct problem problems[] = {
	{ X509_V_ERR_HOSTNAME_MISMATCH, NAME, add_names, RELAY },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, NAME, add_names, RELAY },
	{ X509_V_ERR_CERT_HAS_EXPIRED, " expired on ", add_expiry,
	    "the smarthost needs a new one, or the clock here is wrong" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, " is not valid before ",
	    add_beginning, CLOCK },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD,
	    " has a date of beginning that makes no sense", add_nothing,
	    RENEW },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD,
	    " has a date of expiry that makes no sense", add_nothing, RENEW },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
	    "it is signed by itself, ", add_issuer, "if you trust it set "
	    "tls-ca-file to a copy of it, or tls-fingerprint" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ISSUER, add_issuer, OWN_CA },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ISSUER, add_issuer, OWN_CA },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ISSUER, add_issuer,
	    OWN_CA },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ISSUER, add_issuer,
	    OWN_CA },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE,
	    " has a signature that is not of ", add_issuer,
	    "it was changed, or tls-ca-file has another CA of that name" },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY,
	    " has a key that OpenSSL cannot read", add_nothing, RENEW },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, " has a key of ", add_key, WEAK },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, " has a key of ", add_key, WEAK },
	{ X509_V_ERR_CA_MD_TOO_WEAK, " is signed with ", add_signature,
	    WEAK },
	{ X509_V_ERR_INVALID_PURPOSE, " is not for TLS servers", add_nothing,
	    "see its extended key usage; " RENEW },
	{ X509_V_ERR_INVALID_CA, " is not the certificate of an authority",
	    add_nothing, CHAIN },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, " may not sign certificates",
	    add_nothing, CHAIN },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED,
	    " may not have so many authorities below it", add_nothing,
	    CHAIN },
	{ X509_V_ERR_PERMITTED_VIOLATION,
	    " has a name that an authority above it may not certify",
	    add_nothing, RENEW },
	{ X509_V_ERR_EXCLUDED_VIOLATION,
	    " has a name that an authority above it may not certify",
	    add_nothing, RENEW },
	{ X509_V_ERR_CERT_CHAIN_TOO_LONG,
	    "too many certificates lead to a trust anchor", add_nothing,
	    RENEW },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
	    " has a critical extension that OpenSSL does not know",
	    add_nothing, RENEW },
	{ X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED,
	    " is a proxy certificate", add_nothing, RENEW },
	{ X509_V_ERR_CERT_UNTRUSTED,
	    " is marked in the file of trust anchors as not for TLS servers",
	    add_nothing, MARKED },
	{ X509_V_ERR_CERT_REJECTED,
	    " is marked in the file of trust anchors as not for TLS servers",
	    add_nothing, MARKED },
};
enum { NPROBLEMS = sizeof(problems) / sizeof(problems[0]) };

void
certificate_explain(int error, int depth, X509 *certificate,
    const char *host, struct buf *out)
{
	for (size_t i = 0; i < NPROBLEMS && certificate != NULL; i++) {
		const struct problem *p = &problems[i];

		if (p->error != error)
			continue;
		if (p->what[0] == ' ' && depth == 0)
			buf_adds(out, "it");
		else if (p->what[0] == ' ') {
			buf_adds(out, "its issuer ");
			add_name(X509_get_subject_name(certificate), out);
		}
		buf_adds(out, p->what);
		p->add(certificate, out);
		buf_printf(out, " (expected name %s; %s)", host, p->advice);
		return;
	}
	buf_printf(out, "%s (expected name %s)",
	    X509_verify_cert_error_string(error), host);
}

void
certificate_describe(X509 *certificate, struct buf *out)
{
	add_name(X509_get_subject_name(certificate), out);
	buf_adds(out, ", issued by ");
	add_issuer(certificate, out);
	buf_adds(out, ", valid until ");
	add_expiry(certificate, out);
}

int
certificate_days_left(X509 *certificate)
{
	int days, seconds;

	if (ASN1_TIME_diff(&days, &seconds, NULL,
	    X509_get0_notAfter(certificate)) != 1)
		return INT_MAX;
	return seconds < 0 ? days - 1 : days;
}

int
certificate_host(X509 *certificate, struct buf *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate,
	    NID_subject_alt_name, NULL, NULL);
	size_t start = out->len;
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
		out->len = start;
		add_host_of(sk_GENERAL_NAME_value(names, i), out);
		found = out->len > start && out->len - start < HOST_LENGTH &&
		    hostname_valid(out->data + start, out->len - start);
	}
	GENERAL_NAMES_free(names);
	if (found)
		return 0;
	out->len = start;
	buf_adds(out, "");
	return -1;
}
