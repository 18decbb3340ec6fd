#include <config.h>

#include "smtp/certificate.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/buf.h"

enum {
	NAMES_SHOWN = 5,	/* Some certificates are for hundreds. */
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

/* Appends the subject, for certificates without subjectAltName. */
static void
add_subject(X509 *certificate, struct buf *out)
{
	char text[256];

	X509_NAME_oneline(X509_get_subject_name(certificate), text,
	    sizeof(text));
	buf_adds(out, text);
}

/* Appends the names and addresses that the certificate is for. */
static void
add_names(X509 *certificate, struct buf *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate,
	    NID_subject_alt_name, NULL, NULL);
	const char *comma = "";

	if (names == NULL) {
		add_subject(certificate, out);
		return;
	}
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		if (i == NAMES_SHOWN) {
			buf_adds(out, ", ...");
			break;
		}
		buf_adds(out, comma);
		if (n->type == GEN_DNS)
			buf_printf(out, "%.*s",
			    ASN1_STRING_length(n->d.dNSName),
			    ASN1_STRING_get0_data(n->d.dNSName));
		else if (n->type == GEN_IPADD)
			add_address(n->d.iPAddress, out);
		comma = ", ";
	}
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
	char text[256];

	X509_NAME_oneline(X509_get_issuer_name(certificate), text,
	    sizeof(text));
	buf_adds(out, text);
}

#define ISSUER	"no trust anchor for its issuer "
#define OWN_CA	"set tls-ca-file if this is your own CA"
#define NAME	"it is for "
#define RELAY	"the name in relay must be one of these"

struct problem {
	int error;
	const char *what;
	void (*add)(X509 *, struct buf *);
	const char *advice;
};

static const struct problem problems[] = {
	{ X509_V_ERR_HOSTNAME_MISMATCH, NAME, add_names, RELAY },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, NAME, add_names, RELAY },
	{ X509_V_ERR_CERT_HAS_EXPIRED, "it expired on ", add_expiry,
	    "the smarthost needs a new one, or the clock here is wrong" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "it is not valid before ",
	    add_beginning, "is the clock here wrong?" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
	    "it is signed by itself, ", add_issuer,
	    "set tls-ca-file to a copy of it if you trust it" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ISSUER, add_issuer, OWN_CA },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ISSUER, add_issuer, OWN_CA },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ISSUER, add_issuer,
	    OWN_CA },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ISSUER, add_issuer,
	    OWN_CA },
};
enum { NPROBLEMS = sizeof(problems) / sizeof(problems[0]) };

void
certificate_explain(int error, X509 *certificate, const char *host,
    struct buf *out)
{
	for (size_t i = 0; i < NPROBLEMS && certificate != NULL; i++) {
		const struct problem *p = &problems[i];

		if (p->error != error)
			continue;
		buf_adds(out, p->what);
		p->add(certificate, out);
		buf_printf(out, " (expected name %s; %s)", host, p->advice);
		return;
	}
	buf_printf(out, "%s (expected name %s)",
	    X509_verify_cert_error_string(error), host);
}
