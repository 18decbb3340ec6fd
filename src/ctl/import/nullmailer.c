#include <config.h>

#include "ctl/import/nullmailer.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/import/imported.h"
#include "ctl/import/known.h"
#include "ctl/import/oldrelay.h"
#include "ctl/import/shellwords.h"

/* The options of a line of remotes. */
struct remote {
	struct statement host, port, user, pass, source, login;
	struct statement tls, ssl, starttls, insecure, anonymous;
	struct statement cert, key, ca;
};

static const struct known options[] = {
#define AT(member) offsetof(struct remote, member), NULL
	{ "port", AT(port) },
	{ "user", AT(user) },
	{ "pass", AT(pass) },
	{ "source", AT(source) },
	{ "auth-login", AT(login) },
	{ "tls", AT(tls) },
	{ "ssl", AT(ssl) },
	{ "starttls", AT(starttls) },
	{ "insecure", AT(insecure) },
	{ "tls-anon-auth", AT(anonymous) },
	{ "x509certfile", AT(cert) },
	{ "x509keyfile", AT(key) },
	{ "x509cafile", AT(ca) },
#undef AT
	{ "x509crlfile", 0, "onehop asks no list of revoked certificates" },
	{ "x509fmtder", 0, "onehop reads PEM: openssl x509 -inform DER "
	    "makes it" },
	{ NULL, 0, NULL },
};

/* A control file of one line that says what a keyword says, or why not. */
static const struct {
	const char *name;
	const char *keyword;	/* NULL: why it is not carried over */
	const char *why;
} controls[] = {
	{ "allmailfrom", "envelope-from", NULL },
	{ "helohost", "helo", NULL },
	{ "pausetime", "retry-min", NULL },
	{ "maxpause", "retry-max", NULL },
	{ "queuelifetime", "lifetime", NULL },
	{ "sendtimeout", NULL, "the time for a whole message; onehop has a "
	    "limit for each wait, see timeout" },
	{ "idhost", NULL, "onehop puts domain into Message-ID" },
	{ "bounceto", NULL, "bounces go to the sender of a message, and "
	    "those to local names where an alias or admin says" },
	{ "doublebounceto", NULL, "onehop keeps what cannot be given back; "
	    "onehopctl list shows it" },
	{ "bouncelines", NULL, "what comes back with a bounce is what the "
	    "sender asked for (RFC 3461)" },
};

/* The first line of a control file without blanks around it, or NULL. */
static char *
read_control(struct imported *im, const char *directory, const char *name,
    struct statement *at)
{
	struct buf path = { 0 };
	size_t len;

	buf_printf(&path, "%s/%s", directory, name);
	*at = (struct statement){ .file = imported_keep(im, &path),
	    .line = 1 };
	at->text = imported_read(im, at->file);
	if (at->text == NULL)
		return NULL;
	at->text[strcspn(at->text, "\n")] = '\0';
	at->text += strspn(at->text, " \t\r\f\v");
	len = strlen(at->text);
	while (len > 0 && strchr(" \t\r\f\v", at->text[len - 1]) != NULL)
		at->text[--len] = '\0';
	return len > 0 ? at->text : NULL;
}

/* An option is NAME or NAME=VALUE, and may have dashes before it. */
static void
take_option(struct imported *im, struct remote *r, char *word,
    struct statement *at)
{
	char *value = word, *name;

	name = strsep(&value, "=");
	if (strncmp(name, "--", 2) == 0)
		name += 2;
	at->text = value != NULL ? value : name;
	known_take(im, options, false, name, at, r);
}

static void
carry_remote(struct imported *im, const struct remote *r)
{
	bool implicit = r->tls.text != NULL || r->ssl.text != NULL;
	struct oldrelay relay = { .at = &r->host, .host = r->host.text,
	    .tls_at = &r->host, .user = &r->user, .password = &r->pass,
	    .cert = &r->cert, .key = &r->key, .ca = &r->ca };

	relay.tls = implicit ? OLD_IMPLICIT :
	    r->starttls.text != NULL ? OLD_STARTTLS : OLD_CLEAR;
	relay.trust = r->insecure.text != NULL ? OLD_DECLINED : OLD_VERIFIED;
	relay.port = r->port.text != NULL ? r->port.text :
	    implicit ? "465" : "25";
	oldrelay_carry(im, &relay);
	if (r->source.text != NULL)
		imported_set(im, &r->source, "source-address", "%s",
		    r->source.text);
	if (r->login.text != NULL)
		imported_set(im, &r->login, "auth", "LOGIN");
	if (r->anonymous.text != NULL)
		imported_lose(im, &r->anonymous, "tls-anon-auth: onehop wants "
		    "a certificate; set tls-fingerprint for one that is "
		    "self-signed");
}

/* HOST [PROTOCOL [OPTION ...]] */
static void
take_remote(struct imported *im, struct statement *at, char *line)
{
	struct remote r = { .host = *at };
	char *word;

	r.host.text = shellwords_next(&line);
	word = shellwords_next(&line);
	if (word != NULL && strcmp(word, "smtp") != 0) {
		imported_lose(im, at, "%s: onehop speaks SMTP only", word);
		return;
	}
	while ((word = shellwords_next(&line)) != NULL)
		take_option(im, &r, word, at);
	carry_remote(im, &r);
}

static void
read_remotes(struct imported *im, const char *directory)
{
	struct buf path = { 0 };
	struct statement at = { 0 };
	char *rest, *line;

	buf_printf(&path, "%s/remotes", directory);
	at.file = imported_keep(im, &path);
	rest = imported_read(im, at.file);
	while ((line = imported_line(&rest, &at)) != NULL) {
		line += strspn(line, " \t\r");
		if (*line == '\0' || *line == '#')
			continue;
		if (imported_value(im, "relay") == NULL)
			take_remote(im, &at, line);
		else
			imported_lose(im, &at, "another remote: onehop has "
			    "one smarthost, but tries all addresses of its "
			    "name");
	}
	at.line = 0;
	if (imported_value(im, "relay") == NULL)
		imported_lose(im, &at, "no remote that onehop could use: write "
		    "relay smtps://HOST");
}

/*
 * Names without a domain got defaulthost, and hosts without a dot
 * defaultdomain, this one too.
 */
static void
carry_domain(struct imported *im, const char *directory)
{
	struct statement host, domain, me;

	read_control(im, directory, "me", &me);
	read_control(im, directory, "defaulthost", &host);
	read_control(im, directory, "defaultdomain", &domain);
	if (host.text == NULL || *host.text == '\0')
		host = me;
	if (host.text == NULL || *host.text == '\0') {
		if (domain.text != NULL)
			imported_lose(im, &domain, "defaultdomain: set domain "
			    "if /etc/mailname is not the whole name");
	} else if (strchr(host.text, '.') == NULL && domain.text != NULL)
		imported_set(im, &host, "domain", "%s.%s", host.text,
		    domain.text);
	else
		imported_set(im, &host, "domain", "%s", host.text);
}

static void
carry_admin(struct imported *im, const char *directory)
{
	struct statement at;

	if (read_control(im, directory, "adminaddr", &at) == NULL)
		return;
	if (strchr(at.text, ',') != NULL)
		imported_lose(im, &at, "several addresses: name them in "
		    "/etc/aliases, as 'root: %s'", at.text);
	else {
		imported_set(im, &at, "admin", "%s", at.text);
		imported_note(im, &at, "admin takes mail to local names that "
		    "have no entry in /etc/aliases, which nullmailer did not "
		    "read");
	}
}

static void
carry_controls(struct imported *im, const char *directory)
{
	struct statement at;

	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		if (read_control(im, directory, controls[i].name,
		    &at) == NULL)
			continue;
		if (controls[i].keyword == NULL)
			imported_lose(im, &at, "%s: %s", controls[i].name,
			    controls[i].why);
		else
			imported_set(im, &at, controls[i].keyword, "%s",
			    at.text);
	}
}

void
nullmailer_import(struct imported *im, const char *const files[2])
{
	read_remotes(im, files[0]);
	carry_domain(im, files[0]);
	carry_admin(im, files[0]);
	carry_controls(im, files[0]);
}
