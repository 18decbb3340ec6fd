#include <config.h>

#include "smtp/remedy.h"

#include <stddef.h>
#include <string.h>

#include <openssl/x509.h>

#include "base/buf.h"
#include "smtp/certificate.h"
#include "smtp/ehlo.h"
#include "smtp/fault.h"
#include "smtp/pin.h"
#include "smtp/sasl.h"
#include "spool/account.h"
#include "spool/config.h"
#include "spool/value.h"

#define OWN_ANCHORS	SYSCONFDIR "/onehop/ca.pem"
#define ALL_WAITS	"No mail goes out: all of it waits in the queue."

static const char *const reasons[FAULT_MAX] = {
	[FAULT_NO_STARTTLS] = "Mail and password would go over the network "
	    "for all to read, so no mail goes out.",
	[FAULT_CERTIFICATE] = "Nobody knows who would get the mail and the "
	    "password, so no mail goes out.",
	[FAULT_INJECTED] = "Somebody may be in between, so no mail goes out.",
	[FAULT_AUTH_CLEAR] = "The password would go over the network for all "
	    "to read, so no mail goes out.",
	[FAULT_PASSWORD] = "The smarthost takes mail only from whom it knows, "
	    "so no mail goes out.",
	[FAULT_AUTH_NEEDED] = "The smarthost takes mail only from whom it "
	    "knows, so no mail goes out.",
};

const char *
remedy_why(int fault)
{
	return reasons[fault] != NULL ? reasons[fault] : ALL_WAITS;
}

void
remedy_begin(const struct config *config, struct buf *out)
{
	buf_printf(out, "in %s write: ", config->file);
}

static void
write_relay(const struct symptom *s, const char *host, const char *port,
    bool implicit_tls, struct buf *out)
{
	remedy_begin(s->config, out);
	buf_adds(out, "relay ");
	value_print_relay(host, port, implicit_tls, out);
}

/* The other of the two ways to a submission service (RFC 8314). */
static void
other_port(const struct symptom *s, struct buf *out)
{
	const struct relay *relay = &s->config->relay;
	bool implicit_tls = strcmp(relay->port, "465") != 0;

	write_relay(s, relay->host, implicit_tls ? "465" : "587",
	    implicit_tls, out);
}

/* The same port, but TLS at the other time. */
static void
other_scheme(const struct symptom *s, struct buf *out)
{
	const struct relay *relay = &s->config->relay;

	write_relay(s, relay->host, relay->port, !relay->implicit_tls, out);
}

/* What follows the command is typed, the password and the end of input. */
static void
write_password(const struct symptom *s, struct buf *out)
{
	const struct config *config = s->config;

	if (config->password_command != NULL)
		buf_printf(out, "run as %s: the command of password-command",
		    s->account->user);
	else
		buf_printf(out, "run: install -m 0400 -o %s -g %s /dev/stdin "
		    "%s", s->account->user, s->account->group,
		    config->password_file);
}

static void
write_anchors(const struct symptom *s, struct buf *out)
{
	if (s->config->tls_ca_file == NULL) {
		buf_adds(out, "run: apt-get install ca-certificates");
		return;
	}
	remedy_begin(s->config, out);
	buf_adds(out, "tls-ca-file /etc/ssl/certs/ca-certificates.crt");
}

static void
write_mechanism(const struct symptom *s, struct buf *out)
{
	uint64_t known = s->offered != NULL ? s->offered->auth : 0;
	uint64_t mechanism = sasl_strongest(known & ~(uint64_t)AUTH_PLUS);

	if (mechanism == 0)
		return;
	remedy_begin(s->config, out);
	buf_printf(out, "auth %s", sasl_name(mechanism));
}

static void
write_fingerprint(const struct symptom *s, X509 *certificate,
    struct buf *out)
{
	struct buf text = { 0 };

	if (pin_print(certificate, &text) == 0) {
		buf_adds(out, "if you know that it is the right one, ");
		remedy_begin(s->config, out);
		buf_printf(out, "tls-fingerprint %s", text.data);
	}
	buf_free(&text);
}

/* Whoever is in between may have a certificate, too. */
static void
write_host(const struct symptom *s, X509 *certificate, struct buf *out)
{
	const struct relay *relay = &s->config->relay;
	struct buf host = { 0 };

	if (certificate_host(certificate, &host) == 0) {
		buf_adds(out, "if you know that it is the right one, ");
		write_relay(s, host.data, relay->port, relay->implicit_tls,
		    out);
	}
	buf_free(&host);
}

/* As certificate.h names what is wrong, but in one line to write. */
static void
write_certificate(const struct symptom *s, struct buf *out)
{
	X509 *own = s->chain != NULL ? sk_X509_value(s->chain, 0) : NULL;

	switch (own != NULL ? s->problem : X509_V_OK) {
	case X509_V_OK:
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		write_host(s, own, out);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		buf_adds(out, "run: timedatectl set-ntp true");
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		buf_adds(out, "if its authority is yours, copy that one's "
		    "certificate to " OWN_ANCHORS " and ");
		remedy_begin(s->config, out);
		buf_adds(out, "tls-ca-file " OWN_ANCHORS);
		break;
	default:
		write_fingerprint(s, own, out);
		break;
	}
}

/* In the clear is as good as TLS where nobody can listen. */
static void
write_tls(const struct symptom *s, struct buf *out)
{
	if (!s->loopback) {
		other_port(s, out);
		return;
	}
	remedy_begin(s->config, out);
	buf_adds(out, "tls none");
}

/* A line as it stands. */
static void
write_line(const struct symptom *s, const char *line, struct buf *out)
{
	remedy_begin(s->config, out);
	buf_adds(out, line);
}

/* It may have only one that is older than is asked for. */
static void
write_version(const struct symptom *s, struct buf *out)
{
	if (s->config->tls_min_version == TLS_1_3)
		write_line(s, "tls-min-version 1.2", out);
}

void
remedy_find(const struct symptom *s, struct buf *out)
{
	switch ((enum fault)s->fault) {
	case FAULT_CREDENTIALS:
	case FAULT_PASSWORD:
		write_password(s, out);
		break;
	case FAULT_ANCHORS:
		write_anchors(s, out);
		break;
	case FAULT_RESOLVE:
		buf_printf(out, "run: getent ahosts %s",
		    s->config->relay.host);
		break;
	case FAULT_CONNECT:
	case FAULT_LOST:
	case FAULT_PROTOCOL:
	case FAULT_NO_AUTH:
		other_port(s, out);
		break;
	case FAULT_GREETING:
	case FAULT_NO_TLS:
		other_scheme(s, out);
		break;
	case FAULT_TLS:
		write_version(s, out);
		break;
	case FAULT_CERTIFICATE:
		write_certificate(s, out);
		break;
	case FAULT_NO_STARTTLS:
		write_tls(s, out);
		break;
	case FAULT_MECHANISM:
	case FAULT_EXCHANGE:
		write_mechanism(s, out);
		break;
	case FAULT_AUTH_CLEAR:
		write_line(s, "tls required", out);
		break;
	case FAULT_AUTH_NEEDED:
		write_line(s, "user NAME", out);
		break;
	case FAULT_IDENTITY:
	case FAULT_CONFIG:
	case FAULT_OPENSSL:
	case FAULT_NO_RELAY:
	case FAULT_REFUSED:
	case FAULT_INJECTED:
	case FAULT_SPOOL:
	case FAULT_MAX:
		break;
	}
}
