#include <config.h>

#include "ctl/import/oldrelay.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "ctl/import/imported.h"
#include "spool/config.h"

static bool
says(const struct statement *s)
{
	return s != NULL && s->text != NULL && *s->text != '\0';
}

const char *
oldrelay_port(const char *port)
{
	static const char *const services[][2] = {
		{ "smtp", "25" }, { "mail", "25" },
		{ "submission", "587" }, { "msp", "587" },
		{ "submissions", "465" }, { "smtps", "465" },
		{ "ssmtp", "465" }, { "urd", "465" },
	};
	uint64_t number;

	if (number_parse(port, strlen(port), 10, UINT16_MAX, &number) == 0)
		return number > 0 ? port : NULL;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcasecmp(services[i][0], port) == 0)
			return services[i][1];
	return NULL;
}

static bool
is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	    strcasecmp(host, "localhost") == 0;
}

static void
carry_host(struct imported *im, const struct oldrelay *r)
{
	const char *port = oldrelay_port(r->port);
	const char *scheme = r->tls == OLD_IMPLICIT ? "smtps" : "smtp";

	if (port == NULL)
		imported_lose(im, r->at, "the port '%s' is not known: write "
		    "relay %s://%s:PORT", r->port, scheme, r->host);
	else if (strchr(r->host, ':') != NULL)
		imported_set(im, r->at, "relay", "%s://[%s]:%s", scheme,
		    r->host, port);
	else
		imported_set(im, r->at, "relay", "%s://%s:%s", scheme,
		    r->host, port);
}

/* What went in the clear: never more of it than before, a password never. */
static void
carry_clear(struct imported *im, const struct oldrelay *r)
{
	if (!says(r->user) || is_loopback(r->host)) {
		imported_set(im, r->tls_at, "tls", "none");
		if (!is_loopback(r->host))
			imported_note(im, r->tls_at, "mail goes out in the "
			    "clear, as before: whoever is in between can "
			    "read and change it. Without 'tls none' onehop "
			    "uses STARTTLS, or sends nothing.");
		return;
	}
	imported_set(im, r->tls_at, "tls", "opportunistic");
	imported_note(im, r->tls_at, "%s sent the password in the clear. "
	    "onehop does not: STARTTLS has to be offered, or no mail goes "
	    "out. The certificate is not verified: whoever is in between can "
	    "get the password. Take 'tls opportunistic' away to have it "
	    "verified.", imported_program(im));
}

static void
carry_if_offered(struct imported *im, const struct oldrelay *r)
{
	imported_set(im, r->tls_at, "tls", "opportunistic");
	imported_note(im, r->tls_at, "the certificate of the smarthost is "
	    "not verified and mail goes out in the clear if STARTTLS is not "
	    "offered, as before: whoever is in between can read it. Take "
	    "'tls opportunistic' away to have TLS, and the certificate "
	    "verified.%s", says(r->user) ? " The password is only sent over "
	    "TLS." : "");
}

static void
carry_declined(struct imported *im, const struct oldrelay *r)
{
	if (r->tls == OLD_IMPLICIT)
		imported_note(im, r->tls_at, "%s did not verify the "
		    "certificate of the smarthost; with smtps:// onehop does. "
		    "If it is not one that can be verified, set "
		    "tls-fingerprint; onehop says what it is.",
		    imported_program(im));
	else {
		imported_set(im, r->tls_at, "tls", "opportunistic");
		imported_note(im, r->tls_at, "the certificate of the "
		    "smarthost is not verified, as before: whoever is in "
		    "between can read mail and password. Unlike before, mail "
		    "goes out in the clear if STARTTLS is not offered, but "
		    "never the password. Better is tls-fingerprint or "
		    "tls-ca-file in place of 'tls opportunistic'.");
	}
}

static void
carry_tls(struct imported *im, const struct oldrelay *r)
{
	if (says(r->fingerprint) && r->tls != OLD_CLEAR)
		return;		/* needs tls required, the default */
	if (r->tls == OLD_CLEAR)
		carry_clear(im, r);
	else if (r->tls == OLD_IF_OFFERED)
		carry_if_offered(im, r);
	else if (r->trust == OLD_DECLINED)
		carry_declined(im, r);
	else if (r->trust == OLD_NEVER_VERIFIED)
		imported_note(im, r->tls_at, "%s did not verify the "
		    "certificate of the smarthost, onehop does. If it is not "
		    "one that can be verified, set tls-ca-file or "
		    "tls-fingerprint.", imported_program(im));
}

static void
carry_certificates(struct imported *im, const struct oldrelay *r)
{
	const struct statement *key = says(r->key) ? r->key : r->cert;

	if (says(r->ca))
		imported_set(im, r->ca, "tls-ca-file", "%s", r->ca->text);
	if (says(r->fingerprint) && r->tls == OLD_CLEAR)
		imported_lose(im, r->fingerprint, "there was no TLS for the "
		    "fingerprint to be compared in; take 'tls' away and set "
		    "tls-fingerprint to have it");
	else if (says(r->fingerprint))
		imported_set(im, r->fingerprint, "tls-fingerprint", "%s",
		    r->fingerprint->text);
	if (!says(r->cert))
		return;
	imported_set(im, r->cert, "tls-cert-file", "%s", r->cert->text);
	imported_set(im, key, "tls-key-file", "%s", key->text);
	imported_note(im, key, "the user onehop has to be able to read %s, "
	    "and the group and others must not", key->text);
}

static void
carry_password(struct imported *im, const struct oldrelay *r)
{
	if (says(r->command)) {
		imported_set(im, r->command, "password-command", "%s",
		    r->command->text);
		imported_note(im, r->command, "the command is run as the "
		    "owner of the spool, and has to work for that user");
	} else if (!says(r->password))
		imported_note(im, r->user, "there is no password with the "
		    "user: put it into the file that password-file names");
	else if (strpbrk(r->password->text, "\r\n") != NULL)
		imported_lose(im, r->password, "the password has a line end");
	else
		imported_password(im, r->password);
}

void
oldrelay_carry(struct imported *im, const struct oldrelay *r)
{
	carry_host(im, r);
	carry_tls(im, r);
	carry_certificates(im, r);
	if (!says(r->user))
		return;
	imported_set(im, r->user, "user", "%s", r->user->text);
	carry_password(im, r);
}
