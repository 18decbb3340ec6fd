#include <config.h>

#include "ctl/import/dma.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/import/imported.h"
#include "ctl/import/known.h"
#include "ctl/import/oldalias.h"
#include "ctl/import/oldrelay.h"

struct dma {
	struct statement smarthost, port, aliases, authpath, secure, starttls;
	struct statement opportunistic, fingerprint, cert, mailname;
	struct statement masquerade, nullclient;
	struct statement user, password;	/* of auth.conf */
};

static const struct known keywords[] = {
#define AT(member) offsetof(struct dma, member), NULL
	{ "SMARTHOST", AT(smarthost) },
	{ "PORT", AT(port) },
	{ "ALIASES", AT(aliases) },
	{ "AUTHPATH", AT(authpath) },
	{ "SECURETRANSFER", AT(secure) },
	{ "STARTTLS", AT(starttls) },
	{ "OPPORTUNISTIC_TLS", AT(opportunistic) },
	{ "FINGERPRINT", AT(fingerprint) },
	{ "CERTFILE", AT(cert) },
	{ "MAILNAME", AT(mailname) },
	{ "MASQUERADE", AT(masquerade) },
	{ "NULLCLIENT", AT(nullclient) },
#undef AT
	/* Said of the password where it makes a difference. */
	{ "SECURE", 0, "" },
	{ "INSECURE", 0, "" },
	{ "SPOOLDIR", 0, "the queue of onehop has its own place; if mail "
	    "waits there, send it with dma -q" },
	{ "DEFER", 0, "onehop sends mail at once" },
	{ "FULLBOUNCE", 0, "what comes back with a bounce is what the sender "
	    "asked for (RFC 3461)" },
	{ "DEBUGLOG", 0, "the log always has what happened" },
	{ NULL, 0, NULL },
};

/* What stands behind the first blank of a line is its value, as it is. */
static void
read_configuration(struct imported *im, struct dma *d, const char *file)
{
	char *rest = imported_read(im, file), *line, *word;
	struct statement at = { .file = file };

	while ((line = imported_line(&rest, &at)) != NULL) {
		line[strcspn(line, "#")] = '\0';
		word = strsep(&line, " \t");
		if (*word == '\0')
			continue;
		at.text = line != NULL ? line : word + strlen(word);
		known_take(im, keywords, false, word, &at, d);
	}
}

/* USER|HOST:PASSWORD; the last line for the smarthost counts. */
static void
take_login(struct imported *im, struct dma *d, struct statement *at,
    char *line)
{
	char *user = strsep(&line, "|"), *host = strsep(&line, ": \t");

	if (host == NULL || line == NULL)
		imported_lose(im, at, "is no USER|HOST:PASSWORD");
	else if (strcmp(host, d->smarthost.text) == 0) {
		at->text = user;
		d->user = *at;
		at->text = line;
		d->password = *at;
	} else
		imported_lose(im, at, "the password is not for SMARTHOST");
}

static void
read_logins(struct imported *im, struct dma *d, const char *file)
{
	char *rest = imported_read(im, file), *line;
	struct statement at = { .file = file };

	while ((line = imported_line(&rest, &at)) != NULL)
		if (*line != '\0' && *line != '#')
			take_login(im, d, &at, line);
}

static enum old_tls
find_tls(const struct dma *d)
{
	if (d->secure.text == NULL)
		return OLD_CLEAR;
	if (d->starttls.text == NULL)
		return OLD_IMPLICIT;
	return d->opportunistic.text != NULL ? OLD_IF_OFFERED : OLD_STARTTLS;
}

/* dma has the bare digest, in hex. */
static void
name_digest(struct imported *im, struct statement *fingerprint)
{
	struct buf text = { 0 };

	if (fingerprint->text == NULL)
		return;
	buf_printf(&text, "SHA256:%s", fingerprint->text);
	fingerprint->text = imported_keep(im, &text);
}

static void
carry_relay(struct imported *im, struct dma *d)
{
	struct oldrelay r = { .at = &d->smarthost, .tls = find_tls(d),
	    .trust = OLD_NEVER_VERIFIED, .user = &d->user,
	    .password = &d->password, .fingerprint = &d->fingerprint,
	    .cert = &d->cert };

	r.host = d->smarthost.text;
	r.port = d->port.text != NULL ? d->port.text : "25";
	r.tls_at = d->starttls.text != NULL && d->secure.text != NULL ?
	    &d->starttls : d->secure.text != NULL ? &d->secure :
	    &d->smarthost;
	name_digest(im, &d->fingerprint);
	oldrelay_carry(im, &r);
}

/* The name that a file has in its first line. */
static void
read_mailname(struct imported *im, struct statement *mailname)
{
	if (mailname->text == NULL || *mailname->text != '/')
		return;
	mailname->text = imported_read(im, mailname->text);
	if (mailname->text != NULL)
		mailname->text[strcspn(mailname->text, "\r\n")] = '\0';
}

/* [user@][host]: what is not given is whoever sends, and this machine. */
static void
carry_masquerade(struct imported *im, const struct dma *d)
{
	const char *text = d->masquerade.text, *domain = d->mailname.text;
	const char *at = text != NULL ? strrchr(text, '@') : NULL;

	if (text == NULL)
		return;
	if (at != NULL && at > text && at[1] != '\0')
		imported_set(im, &d->masquerade, "envelope-from", "%s", text);
	else if (at != NULL && at > text)
		imported_set(im, &d->masquerade, "envelope-from", "%s%s",
		    text, domain != NULL ? domain : imported_host(im));
	else {
		imported_set(im, &d->masquerade, "domain", "%s",
		    at != NULL ? at + 1 : text);
		imported_note(im, &d->masquerade, "a sender who was given "
		    "with another domain keeps it; dma put this one in its "
		    "place");
	}
}

static void
carry_names(struct imported *im, struct dma *d, bool is_etc_mailname)
{
	if (d->mailname.text != NULL && !is_etc_mailname) {
		imported_set(im, &d->mailname, "domain", "%s",
		    d->mailname.text);
		if (imported_value(im, "domain") != NULL)
			imported_set(im, &d->mailname, "helo", "%s",
			    d->mailname.text);
	}
	carry_masquerade(im, d);
	if (d->nullclient.text != NULL) {
		imported_set(im, &d->nullclient, "aliases", "/dev/null");
		return;
	}
	if (d->aliases.text != NULL)
		imported_set(im, &d->aliases, "aliases", "%s",
		    d->aliases.text);
	oldalias_catch_all(im, d->aliases.text != NULL ? d->aliases.text :
	    "/etc/aliases", "*");
	imported_note(im, &d->smarthost, "dma put mail to local users without "
	    "an alias into /var/mail. onehop sends it on: set admin to the "
	    "address that is to have it.");
}

void
dma_import(struct imported *im, const char *const files[2])
{
	struct dma d = { 0 };
	bool is_etc_mailname;

	d.smarthost.file = files[0];
	read_configuration(im, &d, files[0]);
	is_etc_mailname = d.mailname.text != NULL &&
	    strcmp(d.mailname.text, "/etc/mailname") == 0;
	read_mailname(im, &d.mailname);
	if (d.smarthost.text == NULL || *d.smarthost.text == '\0')
		imported_lose(im, &d.smarthost, "there is no SMARTHOST: dma "
		    "sent mail to its destinations itself. onehop needs a "
		    "smarthost: write relay smtps://HOST");
	else {
		if (files[1] != NULL || d.authpath.text != NULL)
			read_logins(im, &d, files[1] != NULL ? files[1] :
			    d.authpath.text);
		else
			imported_note(im, &d.smarthost, "AUTHPATH is not set, "
			    "so dma did not authenticate");
		carry_relay(im, &d);
	}
	carry_names(im, &d, is_etc_mailname);
}
