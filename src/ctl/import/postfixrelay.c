#include <config.h>

#include "ctl/import/postfixrelay.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "ctl/import/imported.h"
#include "ctl/import/maincf.h"
#include "ctl/import/oldrelay.h"
#include "ctl/import/postfixtable.h"

#define SEPARATORS ", \t\r\n"

/* The smarthost as Postfix sees it, and what is found of it. */
struct postfix {
	struct imported *im;
	const struct maincf *cf;
	struct statement relayhost, level, maps, user, password;
	struct statement ca, cert, key, fingerprint;
	char *host;
	const char *port;
};

static void
get(struct postfix *p, const char *name, struct statement *said)
{
	maincf_get(p->cf, p->im, name, said);
	if (said->text != NULL && *said->text == '\0')
		said->text = NULL;
}

static bool
is_yes(struct postfix *p, const char *name)
{
	struct statement said;

	get(p, name, &said);
	return said.text != NULL && strcasecmp(said.text, "yes") == 0;
}

/* "[HOST]:PORT"; without brackets it is a domain, with MX records. */
static void
cut_relayhost(struct postfix *p, char *text)
{
	char *port = NULL;

	if (*text == '[') {
		p->host = text + 1;
		port = strchr(p->host, ']');
		if (port != NULL) {
			*port++ = '\0';
			port = *port == ':' ? port + 1 : NULL;
		}
		if (strncasecmp(p->host, "ipv6:", 5) == 0)
			p->host += 5;
	} else {
		p->host = strsep(&text, ":");
		port = text;
		imported_note(p->im, &p->relayhost, "Postfix looks up the MX "
		    "records of a relayhost without brackets, onehop does "
		    "not: if %s is a domain, write the name of its server",
		    p->host);
	}
	p->port = port != NULL && *port != '\0' ? port : "25";
}

/* How it speaks TLS: one parameter, or the two that were before it. */
static const char *
find_level(struct postfix *p)
{
	get(p, "smtp_tls_security_level", &p->level);
	if (p->level.text != NULL)
		return p->level.text;
	get(p, "smtp_enforce_tls", &p->level);
	if (p->level.text != NULL && strcasecmp(p->level.text, "yes") == 0)
		return "verify";
	get(p, "smtp_use_tls", &p->level);
	if (p->level.text != NULL && strcasecmp(p->level.text, "yes") == 0)
		return "may";
	p->level = p->relayhost;
	return "none";
}

static const struct {
	const char *name;
	enum old_tls tls;
	enum old_trust trust;
} levels[] = {
	{ "none", OLD_CLEAR, OLD_VERIFIED },
	{ "may", OLD_IF_OFFERED, OLD_VERIFIED },
	{ "encrypt", OLD_STARTTLS, OLD_NEVER_VERIFIED },
	{ "dane", OLD_STARTTLS, OLD_VERIFIED },
	{ "dane-only", OLD_STARTTLS, OLD_VERIFIED },
	{ "fingerprint", OLD_STARTTLS, OLD_VERIFIED },
	{ "verify", OLD_STARTTLS, OLD_VERIFIED },
	{ "secure", OLD_STARTTLS, OLD_VERIFIED },
};

static void
set_level(struct postfix *p, struct oldrelay *r)
{
	const char *level = find_level(p);
	size_t i = 0, n = sizeof(levels) / sizeof(levels[0]);

	while (i < n && strcmp(levels[i].name, level) != 0)
		i++;
	r->tls_at = &p->level;
	r->tls = OLD_STARTTLS;
	if (i == n)
		imported_lose(p->im, &p->level, "the level of TLS '%s' is "
		    "not known; onehop requires TLS and verifies the "
		    "certificate", level);
	else {
		r->tls = levels[i].tls;
		r->trust = levels[i].trust;
	}
	if (strncmp(level, "dane", 4) == 0)
		imported_note(p->im, &p->level, "onehop does not ask DNS for "
		    "TLSA records; the certificate is verified with the "
		    "authorities");
	if (is_yes(p, "smtp_tls_wrappermode")) {
		if (r->tls != OLD_STARTTLS)
			r->trust = OLD_NEVER_VERIFIED;
		r->tls = OLD_IMPLICIT;
	}
	if (strcmp(level, "fingerprint") == 0)
		r->fingerprint = &p->fingerprint;
}

/* Digests of certificates or of keys, which Postfix does not tell apart. */
static void
find_fingerprints(struct postfix *p)
{
	struct statement said;
	struct buf text = { 0 };
	char *rest, *word;

	get(p, "smtp_tls_fingerprint_cert_match", &said);
	rest = said.text;
	while (rest != NULL && (word = strsep(&rest, "|" SEPARATORS)) !=
	    NULL)
		if (*word != '\0')
			buf_printf(&text, "%sSHA256:%s SPKI-SHA256:%s",
			    text.len > 0 ? " " : "", word, word);
	p->fingerprint = said;
	if (text.len > 0)
		p->fingerprint.text = imported_keep(p->im, &text);
}

/* USER:PASSWORD, for the host or for the relayhost as it is written. */
static void
take_login(struct postfix *p, const struct statement *at, char *value)
{
	char *user = strsep(&value, ":");

	p->user = p->password = *at;
	p->user.text = user;
	p->password.text = value;
}

static void
read_logins(struct postfix *p, const char *file, const char *relayhost)
{
	char *rest = imported_read(p->im, file), *key;
	struct statement row = { .file = file };
	unsigned count = 0;

	if (rest == NULL)
		imported_lose(p->im, &p->maps, "smtp_sasl_password_maps: "
		    "there is no %s; onehop reads the text, not what postmap "
		    "made of it", file);
	while (rest != NULL && postfixtable_row(&rest, &count, &key, &row)) {
		bool host = strcasecmp(key, p->host) == 0;

		if (host || (strcasecmp(key, relayhost) == 0 &&
		    p->user.text == NULL))
			take_login(p, &row, row.text);
		else if (strcasecmp(key, relayhost) != 0)
			imported_lose(p->im, &row, "the password is not for "
			    "the relayhost");
	}
}

static void
find_login(struct postfix *p, const char *relayhost)
{
	char *rest, *type, *name;
	bool is_text;

	if (!is_yes(p, "smtp_sasl_auth_enable"))
		return;
	get(p, "smtp_sasl_password_maps", &p->maps);
	rest = p->maps.text;
	while (rest != NULL && (type = postfixtable_next(&rest, &name,
	    &is_text)) != NULL) {
		if (is_text)
			read_logins(p, name, relayhost);
		else if (strcmp(type, "static") == 0)
			take_login(p, &p->maps, name);
		else
			imported_lose(p->im, &p->maps, "smtp_sasl_password_"
			    "maps: a table of type %s; set user, and write "
			    "the password into the file that password-file "
			    "names", type);
	}
	if (p->user.text == NULL && p->maps.text != NULL)
		imported_lose(p->im, &p->maps, "smtp_sasl_password_maps: no "
		    "password for %s; set user", relayhost);
}

/* "noplaintext", the default, leaves what does not send the password. */
static void
carry_options(struct postfix *p, bool tls)
{
	struct buf options = { 0 };
	struct statement said;

	get(p, tls ? "smtp_sasl_tls_security_options" :
	    "smtp_sasl_security_options", &said);
	if (said.file == NULL && tls)
		get(p, "smtp_sasl_security_options", &said);
	if (said.file == NULL)
		said = p->maps;
	if (maincf_expand(p->cf, tls ? "$smtp_sasl_tls_security_options" :
	    "$smtp_sasl_security_options", &options) == 0 &&
	    strstr(options.data, "noplaintext") != NULL) {
		imported_set(p->im, &said, "auth", "SCRAM-SHA-256-PLUS "
		    "SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5");
		imported_note(p->im, &said, "noplaintext is in force, so that "
		    "the password is not sent as it is, as before; most "
		    "providers need that, over TLS: then take 'auth' away");
	}
	buf_free(&options);
}

static void
carry_mechanisms(struct postfix *p, bool tls)
{
	struct statement filter;

	get(p, "smtp_sasl_mechanism_filter", &filter);
	if (filter.text == NULL)
		carry_options(p, tls);
	else if (strpbrk(filter.text, "!:/") != NULL)
		imported_lose(p->im, &filter, "smtp_sasl_mechanism_filter: "
		    "name the mechanisms in auth");
	else {
		for (char *c = filter.text; *c != '\0'; c++)
			if (*c == ',')
				*c = ' ';
		imported_set(p->im, &filter, "auth", "%s", filter.text);
	}
}

/* The first of the relayhosts, which is named even if there are more. */
static char *
find_relayhost(struct postfix *p, const char *file)
{
	struct buf whole = { 0 };
	char *rest, *relayhost;

	get(p, "relayhost", &p->relayhost);
	rest = p->relayhost.text;
	if (rest == NULL) {
		p->relayhost.file = file;
		imported_lose(p->im, &p->relayhost, "there is no relayhost: "
		    "Postfix sent mail to its destinations itself. onehop "
		    "needs a smarthost: write relay smtps://HOST");
		return NULL;
	}
	rest += strspn(rest, SEPARATORS);
	relayhost = strsep(&rest, SEPARATORS);
	if (rest != NULL && rest[strspn(rest, SEPARATORS)] != '\0')
		imported_lose(p->im, &p->relayhost, "another relayhost: "
		    "onehop has one smarthost, but tries all addresses of "
		    "its name");
	buf_adds(&whole, relayhost);
	cut_relayhost(p, imported_keep(p->im, &whole));
	return relayhost;
}

void
postfixrelay_carry(struct imported *im, const struct maincf *cf,
    const char *file)
{
	struct postfix p = { .im = im, .cf = cf };
	struct oldrelay r = { .at = &p.relayhost, .user = &p.user,
	    .password = &p.password, .ca = &p.ca, .cert = &p.cert,
	    .key = &p.key };
	const char *relayhost = find_relayhost(&p, file);

	if (relayhost == NULL)
		return;
	find_fingerprints(&p);
	set_level(&p, &r);
	find_login(&p, relayhost);
	get(&p, "smtp_tls_CAfile", &p.ca);
	get(&p, "smtp_tls_cert_file", &p.cert);
	get(&p, "smtp_tls_key_file", &p.key);
	r.host = p.host;
	r.port = p.port;
	oldrelay_carry(im, &r);
	if (p.user.text != NULL)
		carry_mechanisms(&p, r.tls != OLD_CLEAR);
}
