#include <config.h>

#include "ctl/import/ssmtp.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "ctl/import/imported.h"
#include "ctl/import/known.h"
#include "ctl/import/oldrelay.h"

/* What ends a word in ssmtp.conf. */
#define DELIMITERS "= \t\n"

struct ssmtp {
	struct statement root, mailhub, port, hostname, domain, override;
	struct statement tls, starttls, use_cert, cert, ca;
	struct statement user, password, method;
};

static const struct known keywords[] = {
#define AT(member) offsetof(struct ssmtp, member), NULL
	{ "Root", AT(root) },
	{ "MailHub", AT(mailhub) },
	{ "RemotePort", AT(port) },
	{ "HostName", AT(hostname) },
	{ "RewriteDomain", AT(domain) },
	{ "FromLineOverride", AT(override) },
	{ "UseTLS", AT(tls) },
	{ "UseSTARTTLS", AT(starttls) },
	{ "UseTLSCert", AT(use_cert) },
	{ "TLSCert", AT(cert) },
	{ "TLS_CA_File", AT(ca) },
	{ "AuthUser", AT(user) },
	{ "AuthPass", AT(password) },
	{ "AuthMethod", AT(method) },
#undef AT
	{ "AddHeader", 0, "onehop adds no fields of yours" },
	{ "UseOldAUTH", 0, "onehop authenticates as RFC 4954 says" },
	{ "Debug", 0, "the log always has what happened" },
	{ "TLS_CA_Dir", 0, "set tls-ca-file to a file with the authorities" },
	{ NULL, 0, NULL },
};

static bool
is_yes(const struct statement *s)
{
	return s->text != NULL && strcasecmp(s->text, "yes") == 0;
}

/*
 * KEYWORD=value as ssmtp reads it: a "#" ends the line wherever it stands,
 * and the value ends at a blank or an "=".
 */
static void
take_line(struct imported *im, struct ssmtp *s, struct statement *at,
    char *line, bool ended)
{
	char *hash = strchr(line, '#');
	size_t keylen = strcspn(line, DELIMITERS);
	char *value;
	size_t len;

	if (hash != NULL) {
		*hash = '\0';
		ended = false;
	}
	if (strchr(line, '=') == NULL || line + keylen >= strchr(line, '\0'))
		return;
	line[keylen] = '\0';
	value = line + keylen + 1;
	len = strcspn(value, DELIMITERS);
	at->text = value;
	if (keylen == 0 || (value[len] == '\0' && !ended))
		imported_lose(im, at, "ssmtp does not read a line that begins "
		    "with a blank, or whose value has no blank or line end "
		    "behind it");
	else {
		value[len] = '\0';
		known_take(im, keywords, true, line, at, s);
	}
}

static void
read_configuration(struct imported *im, struct ssmtp *s, const char *file)
{
	char *rest = imported_read(im, file), *line;
	struct statement at = { .file = file };

	while ((line = imported_line(&rest, &at)) != NULL)
		take_line(im, s, &at, line, rest != NULL);
}

/* Where the port stands that counts: of two, the last. */
static const char *
find_port(const struct ssmtp *s, char *host)
{
	char *colon = strchr(host, ':');
	const struct statement *port = &s->port;

	if (colon != NULL)
		*colon = '\0';
	if (colon == NULL || (port->text != NULL &&
	    port->line > s->mailhub.line))
		return port->text != NULL ? port->text : "25";
	return colon + 1;
}

static enum old_tls
find_tls(const struct ssmtp *s)
{
	bool undone = s->tls.text != NULL && !is_yes(&s->tls) &&
	    s->tls.line > s->starttls.line;

	if (is_yes(&s->starttls) && !undone)
		return OLD_STARTTLS;
	return is_yes(&s->tls) ? OLD_IMPLICIT : OLD_CLEAR;
}

static void
carry_relay(struct imported *im, const struct ssmtp *s)
{
	struct oldrelay r = { .at = &s->mailhub, .tls = find_tls(s),
	    .trust = OLD_NEVER_VERIFIED, .user = &s->user,
	    .password = &s->password, .ca = &s->ca };
	char none[] = "", *host = s->mailhub.text;

	if (host == NULL)
		host = none;
	r.port = find_port(s, host);
	r.host = *host != '\0' ? host : "mail";
	r.tls_at = r.tls == OLD_STARTTLS ? &s->starttls :
	    s->tls.text != NULL ? &s->tls : &s->mailhub;
	r.cert = is_yes(&s->use_cert) ? &s->cert : NULL;
	oldrelay_carry(im, &r);
	if (s->method.text != NULL &&
	    strcasecmp(s->method.text, "cram-md5") == 0)
		imported_set(im, &s->method, "auth", "CRAM-MD5");
}

/* The domain that ssmtp gave to names without one; NULL: the host's. */
static const char *
find_domain(const struct ssmtp *s)
{
	const char *at;

	if (s->domain.text == NULL || *s->domain.text == '\0')
		return s->hostname.text;
	at = strrchr(s->domain.text, '@');
	return at != NULL ? at + 1 : s->domain.text;
}

/* root= takes the mail to users below 1000; admin, that to all. */
static void
carry_root(struct imported *im, const struct ssmtp *s)
{
	const char *domain = find_domain(s);

	if (s->root.text == NULL || *s->root.text == '\0')
		return;
	if (strchr(s->root.text, '@') != NULL)
		imported_set(im, &s->root, "admin", "%s", s->root.text);
	else if (domain != NULL)
		imported_set(im, &s->root, "admin", "%s@%s", s->root.text,
		    domain);
	else
		imported_lose(im, &s->root, "Root: write admin %s@DOMAIN "
		    "with the domain of that address", s->root.text);
	if (imported_value(im, "admin") != NULL)
		imported_note(im, &s->root, "ssmtp did this for users with a "
		    "number below 1000; admin takes mail to every local name "
		    "that has no entry in /etc/aliases, which ssmtp did not "
		    "read");
}

static void
carry_names(struct imported *im, const struct ssmtp *s)
{
	const struct statement *at = s->domain.text != NULL &&
	    *s->domain.text != '\0' ? &s->domain : &s->hostname;

	if (find_domain(s) != NULL)
		imported_set(im, at, "domain", "%s", find_domain(s));
	if (s->hostname.text != NULL)
		imported_set(im, &s->hostname, "helo", "%s",
		    s->hostname.text);
	carry_root(im, s);
	if (is_yes(&s->override))
		imported_lose(im, &s->override, "FromLineOverride: ssmtp took "
		    "the sender of the envelope from the From field; onehop "
		    "takes sendmail's -f, or who runs it. If the smarthost "
		    "wants a certain address, set envelope-from or senders.");
}

/* Whether MAILHUB[:PORT] is our smarthost. */
static bool
is_relay(const struct imported *im, const char *mailhub)
{
	const char *relay = imported_value(im, "relay");
	struct buf whole = { 0 };
	bool same;

	buf_printf(&whole, "//%s%s", mailhub,
	    strchr(mailhub, ':') != NULL ? "" : ":25");
	relay = relay != NULL ? strstr(relay, "//") : NULL;
	same = relay != NULL && strcmp(relay, whole.data) == 0;
	buf_free(&whole);
	return same;
}

/* LOCAL:ADDRESS[:MAILHUB[:PORT]] */
static void
take_alias(struct imported *im, struct statement *at, char *line)
{
	char *local = strsep(&line, ":"), *address = strsep(&line, ":");

	at->text = local;
	if (address == NULL || *address == '\0' || *local == '\0')
		imported_lose(im, at, "is no LOCAL:ADDRESS");
	else
		imported_sender(im, at, local, address);
	if (line != NULL && *line != '\0' && !is_relay(im, line))
		imported_lose(im, at, "mail of %s went to another mailhub; "
		    "onehop has one smarthost", local);
}

static void
read_revaliases(struct imported *im, const char *file)
{
	char *rest = imported_read(im, file), *line;
	struct statement at = { .file = file };

	while ((line = imported_line(&rest, &at)) != NULL) {
		line[strcspn(line, "# \t\r")] = '\0';
		if (*line != '\0')
			take_alias(im, &at, line);
	}
}

void
ssmtp_import(struct imported *im, const char *const files[2])
{
	struct ssmtp s = { 0 };

	s.mailhub.file = files[0];
	read_configuration(im, &s, files[0]);
	carry_relay(im, &s);
	carry_names(im, &s);
	read_revaliases(im, files[1]);
}
