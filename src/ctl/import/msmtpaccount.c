#include <config.h>

#include "ctl/import/msmtpaccount.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "ctl/import/imported.h"
#include "ctl/import/oldalias.h"
#include "ctl/import/oldrelay.h"

enum { SHA256_DIGITS = 64 };

/* An argument that is missing or empty switches on. */
static bool
is_on(const struct statement *s, bool otherwise)
{
	if (s->text == NULL)
		return otherwise;
	return *s->text == '\0' || strcmp(s->text, "on") == 0;
}

static bool
says(const struct statement *s)
{
	return s->text != NULL && *s->text != '\0';
}

/* A digest that onehop knows: SHA-256, which the number of digits shows. */
static const struct statement *
find_fingerprint(struct imported *im, const struct statement *said,
    struct statement *made)
{
	struct buf text = { 0 };
	size_t digits = 0;

	if (!says(said))
		return NULL;
	for (const char *p = said->text; *p != '\0'; p++)
		digits += isxdigit((unsigned char)*p) != 0;
	if (digits != SHA256_DIGITS) {
		imported_lose(im, said, "tls_fingerprint is not SHA-256, and "
		    "the others are broken: set tls-fingerprint; onehop says "
		    "what it is when it meets another");
		return NULL;
	}
	*made = *said;
	buf_printf(&text, "SHA256:%s", said->text);
	made->text = imported_keep(im, &text);
	return made;
}

static enum old_trust
find_trust(struct imported *im, const struct statement *a)
{
	if (!is_on(&a[MSMTP_CERTCHECK], true))
		return OLD_DECLINED;
	if (a[MSMTP_TRUST].text != NULL && *a[MSMTP_TRUST].text == '\0' &&
	    !says(&a[MSMTP_FINGERPRINT]))
		imported_lose(im, &a[MSMTP_TRUST], "tls_trust_file trusts "
		    "nobody; onehop trusts the authorities of the system");
	return OLD_VERIFIED;
}

/* The methods of auth that onehop has; NULL ends what it has not. */
static void
carry_method(struct imported *im, const struct statement *auth)
{
	static const char *const methods[] = {
		"plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256",
		"scram-sha-1-plus", "scram-sha-256-plus", "oauthbearer",
		"xoauth2", "external",
	};

	if (is_on(auth, false))
		return;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcasecmp(auth->text, methods[i]) == 0) {
			imported_set(im, auth, "auth", "%s", methods[i]);
			return;
		}
	imported_lose(im, auth, "auth %s: onehop does not have it, and takes "
	    "the strongest that the smarthost offers", auth->text);
}

static void
carry_relay(struct imported *im, const struct statement *a)
{
	bool tls = is_on(&a[MSMTP_TLS], false);
	bool starttls = is_on(&a[MSMTP_STARTTLS], true);
	bool auth = a[MSMTP_AUTH].text != NULL &&
	    strcmp(a[MSMTP_AUTH].text, "off") != 0;
	bool certs = is_on(&a[MSMTP_CERTCHECK], true);
	struct statement made;
	struct oldrelay r = { .at = &a[MSMTP_HOST], .tls_at = &a[MSMTP_TLS],
	    .host = a[MSMTP_HOST].text, .key = &a[MSMTP_KEY],
	    .password = &a[MSMTP_PASSWORD], .cert = &a[MSMTP_CERT],
	    .command = &a[MSMTP_PASSWORDEVAL] };

	if (a[MSMTP_TLS].text == NULL)
		r.tls_at = &a[MSMTP_HOST];
	r.tls = !tls ? OLD_CLEAR : starttls ? OLD_STARTTLS : OLD_IMPLICIT;
	r.port = says(&a[MSMTP_PORT]) ? a[MSMTP_PORT].text :
	    r.tls == OLD_IMPLICIT ? "465" : "25";
	r.trust = tls ? find_trust(im, a) : OLD_VERIFIED;
	if (tls && r.trust == OLD_DECLINED)
		r.tls_at = &a[MSMTP_CERTCHECK];
	r.user = auth ? &a[MSMTP_USER] : NULL;
	r.fingerprint = tls && certs ? find_fingerprint(im,
	    &a[MSMTP_FINGERPRINT], &made) : NULL;
	if (tls && says(&a[MSMTP_TRUST]) &&
	    strcmp(a[MSMTP_TRUST].text, "system") != 0)
		r.ca = &a[MSMTP_TRUST];
	oldrelay_carry(im, &r);
	if (auth)
		carry_method(im, &a[MSMTP_AUTH]);
}

/* An address, or "%U@DOMAIN", which is what domain makes of a bare name. */
static void
carry_from(struct imported *im, const struct statement *a)
{
	const struct statement *from = &a[MSMTP_FROM];

	if (!says(from))
		return;
	if (strncmp(from->text, "%U@", 3) == 0 &&
	    strpbrk(from->text + 3, "%?*[") == NULL) {
		imported_set(im, from, "domain", "%s", from->text + 3);
		if (!is_on(&a[MSMTP_OVERRIDE], true))
			imported_lose(im, &a[MSMTP_OVERRIDE],
			    "allow_from_override: a program can give another "
			    "sender with -f; set envelope-from or senders to "
			    "have none but yours");
	} else if (strpbrk(from->text, "%?*[") != NULL)
		imported_lose(im, from, "from: a pattern; set domain, "
		    "envelope-from or senders");
	else {
		imported_set(im, from, "envelope-from", "%s", from->text);
		if (is_on(&a[MSMTP_OVERRIDE], true))
			imported_note(im, from, "msmtp took this sender "
			    "where there was no -f; envelope-from takes it "
			    "in any case, so that the smarthost sees no other "
			    "address. To let some through, use senders.");
	}
}

static void
carry_names(struct imported *im, const struct statement *a)
{
	if (is_on(&a[MSMTP_AUTO_FROM], false) && says(&a[MSMTP_MAILDOMAIN]))
		imported_set(im, &a[MSMTP_MAILDOMAIN], "domain", "%s",
		    a[MSMTP_MAILDOMAIN].text);
	else
		carry_from(im, a);
	if (says(&a[MSMTP_SET_FROM]) &&
	    strcmp(a[MSMTP_SET_FROM].text, "on") == 0)
		imported_set(im, &a[MSMTP_SET_FROM], "rewrite-from", "on");
	/* %H and the like are what onehop does without being told. */
	if (says(&a[MSMTP_DOMAIN]) &&
	    strchr(a[MSMTP_DOMAIN].text, '%') == NULL &&
	    strcmp(a[MSMTP_DOMAIN].text, "localhost") != 0)
		imported_set(im, &a[MSMTP_DOMAIN], "helo", "%s",
		    a[MSMTP_DOMAIN].text);
	if (says(&a[MSMTP_ALIASES])) {
		imported_set(im, &a[MSMTP_ALIASES], "aliases", "%s",
		    a[MSMTP_ALIASES].text);
		oldalias_catch_all(im, a[MSMTP_ALIASES].text, "default");
	} else
		imported_note(im, &a[MSMTP_ACCOUNT], "msmtp was not told to "
		    "use a file of aliases; onehop uses /etc/aliases");
}

static void
carry_network(struct imported *im, const struct statement *a)
{
	const struct statement *proxy = &a[MSMTP_PROXY];

	if (says(&a[MSMTP_SOURCE_IP]))
		imported_set(im, &a[MSMTP_SOURCE_IP], "source-address", "%s",
		    a[MSMTP_SOURCE_IP].text);
	if (says(&a[MSMTP_TIMEOUT]) &&
	    strcmp(a[MSMTP_TIMEOUT].text, "off") != 0)
		imported_set(im, &a[MSMTP_TIMEOUT], "timeout", "%s",
		    a[MSMTP_TIMEOUT].text);
	if (says(&a[MSMTP_PROTOCOL]) &&
	    strcmp(a[MSMTP_PROTOCOL].text, "smtp") != 0)
		imported_lose(im, &a[MSMTP_PROTOCOL], "protocol %s: onehop "
		    "speaks SMTP only", a[MSMTP_PROTOCOL].text);
	if (says(proxy))
		imported_lose(im, proxy, "proxy_host: onehop connects to the "
		    "smarthost itself, and so shows its address. If it must "
		    "not, do not use it.");
	if (says(&a[MSMTP_SOCKET]))
		imported_lose(im, &a[MSMTP_SOCKET], "socket: onehop connects "
		    "over TCP; have the program behind the socket listen on "
		    "loopback");
}

void
msmtpaccount_carry(struct imported *im, const struct statement *a)
{
	if (says(&a[MSMTP_HOST]))
		carry_relay(im, a);
	else
		imported_lose(im, &a[MSMTP_ACCOUNT], "account '%s' has no "
		    "host", a[MSMTP_ACCOUNT].text);
	carry_names(im, a);
	carry_network(im, a);
}
