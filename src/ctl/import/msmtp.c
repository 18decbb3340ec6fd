#include <config.h>

#include "ctl/import/msmtp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "ctl/import/imported.h"
#include "ctl/import/known.h"
#include "ctl/import/msmtpaccount.h"

#define BLANKS " \t\r"

static const struct known commands[] = {
#define AT(word) MSMTP_##word * sizeof(struct statement), NULL
	{ "host", AT(HOST) },
	{ "port", AT(PORT) },
	{ "source_ip", AT(SOURCE_IP) },
	{ "timeout", AT(TIMEOUT) },
	{ "connect_timeout", AT(TIMEOUT) },
	{ "domain", AT(DOMAIN) },
	{ "auth", AT(AUTH) },
	{ "user", AT(USER) },
	{ "password", AT(PASSWORD) },
	{ "passwordeval", AT(PASSWORDEVAL) },
	{ "tls", AT(TLS) },
	{ "tls_starttls", AT(STARTTLS) },
	{ "tls_trust_file", AT(TRUST) },
	{ "tls_fingerprint", AT(FINGERPRINT) },
	{ "tls_key_file", AT(KEY) },
	{ "tls_cert_file", AT(CERT) },
	{ "tls_certcheck", AT(CERTCHECK) },
	{ "from", AT(FROM) },
	{ "allow_from_override", AT(OVERRIDE) },
	{ "auto_from", AT(AUTO_FROM) },
	{ "maildomain", AT(MAILDOMAIN) },
	{ "set_from_header", AT(SET_FROM) },
	{ "aliases", AT(ALIASES) },
	{ "protocol", AT(PROTOCOL) },
	{ "proxy_host", AT(PROXY) },
	{ "socket", AT(SOCKET) },
#undef AT
	{ "proxy_port", 0, "" },	/* said of proxy_host */
	{ "syslog", 0, "" },		/* onehop logs to syslog */
	{ "ntlmdomain", 0, "onehop has no NTLM" },
	{ "tls_crl_file", 0, "onehop asks no list of revoked certificates" },
	{ "tls_priorities", 0, "see tls-min-version; what OpenSSL takes is "
	    "in /etc/ssl/openssl.cnf" },
	{ "tls_min_dh_prime_bits", 0, "what OpenSSL takes is in "
	    "/etc/ssl/openssl.cnf" },
	{ "tls_host_override", 0, "onehop compares the certificate with the "
	    "host of relay; set tls-fingerprint if it has another name" },
	{ "dsn_notify", 0, "onehop asks for what sendmail -N says" },
	{ "dsn_return", 0, "onehop asks for what sendmail -R says" },
	{ "set_date_header", 0, "onehop adds a Date where there is none" },
	{ "set_msgid_header", 0, "onehop adds a Message-ID where there is "
	    "none" },
	{ "add_missing_from_header", 0, "onehop adds a From where there is "
	    "none" },
	{ "add_missing_date_header", 0, "onehop adds a Date where there is "
	    "none" },
	{ "remove_bcc_headers", 0, "onehop takes Bcc away with sendmail -t" },
	{ "keepbcc", 0, "onehop takes Bcc away with sendmail -t" },
	{ "undisclosed_recipients", 0, "onehop leaves To and Cc as they are" },
	{ "logfile", 0, "onehop logs to syslog, facility mail" },
	{ "logfile_time_format", 0, "onehop logs to syslog" },
	{ NULL, 0, NULL },
};

struct account {
	struct statement said[MSMTP_STATEMENTS];
};

/* What was read so far. */
struct reading {
	struct imported *im;
	struct account defaults;
	struct account *accounts;
	size_t n;
	bool begun;		/* an account or the defaults */
	bool in_defaults;
};

static struct account *
find(struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->accounts[i].said[MSMTP_ACCOUNT].text, name) == 0)
			return &r->accounts[i];
	return NULL;
}

/* Every statement of the other that says something, over what is there. */
static void
inherit(struct account *account, const struct account *other)
{
	for (size_t i = MSMTP_ACCOUNT + 1; i < MSMTP_STATEMENTS; i++)
		if (other->said[i].text != NULL)
			account->said[i] = other->said[i];
}

static void
begin(struct reading *r, const struct statement *at)
{
	r->accounts = xreallocarray(r->accounts, r->n + 1,
	    sizeof(*r->accounts));
	r->accounts[r->n] = r->defaults;
	r->accounts[r->n++].said[MSMTP_ACCOUNT] = *at;
	r->begun = true;
	r->in_defaults = false;
}

/* account NAME [: NAME,...] */
static void
begin_account(struct reading *r, struct statement *at)
{
	char *others = at->text, *name = strsep(&others, ":"), *other;

	name[strcspn(name, BLANKS)] = '\0';
	at->text = name;
	begin(r, at);
	while (others != NULL && (other = strsep(&others, ",")) != NULL) {
		const struct account *from;

		other += strspn(other, BLANKS);
		other[strcspn(other, BLANKS)] = '\0';
		from = find(r, other);
		if (from != NULL)
			inherit(&r->accounts[r->n - 1], from);
		else
			imported_lose(r->im, at, "there is no account '%s' "
			    "before this one", other);
	}
}

/* The argument without blanks around it, or without its double quotes. */
static char *
take_argument(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	if (len > 1 && text[0] == '"' && text[len - 1] == '"') {
		text++;
		len -= 2;
	}
	text[len] = '\0';
	return text;
}

static void
take_command(struct reading *r, const char *command, struct statement *at)
{
	static char implied[] = "default";
	struct statement first = { at->file, at->line, implied };

	if (strcmp(command, "account") == 0)
		begin_account(r, at);
	else if (strcmp(command, "defaults") == 0) {
		r->defaults = (struct account){ .said = { *at } };
		r->begun = r->in_defaults = true;
	} else if (strcmp(command, "eval") == 0)
		imported_lose(r->im, at, "eval: a line that a command makes; "
		    "run it, write what it says in its place, and import "
		    "again");
	else {
		if (!r->begun)
			begin(r, &first);
		known_take(r->im, commands, false, command, at,
		    r->in_defaults ? &r->defaults : &r->accounts[r->n - 1]);
	}
}

static void
read_file(struct reading *r, const char *file)
{
	char *rest = imported_read(r->im, file), *line;
	struct statement at = { .file = file };

	while ((line = imported_line(&rest, &at)) != NULL) {
		size_t len;
		char *argument;

		line += strspn(line, BLANKS);
		len = strcspn(line, BLANKS);
		if (len == 0 || *line == '#')
			continue;
		argument = line[len] != '\0' ? line + len + 1 : line + len;
		line[len] = '\0';
		at.text = take_argument(argument);
		take_command(r, line, &at);
	}
}

/* The account that sendmail used, and what becomes of the others. */
static const struct account *
choose(struct reading *r, const char *file)
{
	struct statement at = { .file = file };
	const struct account *chosen = find(r, "default");

	if (chosen == NULL && r->n == 1) {
		chosen = &r->accounts[0];
		imported_note(r->im, &chosen->said[MSMTP_ACCOUNT], "there is "
		    "no account 'default'; this is '%s', the only one",
		    chosen->said[MSMTP_ACCOUNT].text);
	}
	if (chosen == NULL)
		imported_lose(r->im, &at, "there is no account 'default': add "
		    "'account default : NAME', and import again");
	return chosen;
}

static bool
same(const struct account *a, const struct account *b,
    enum msmtp_statement word)
{
	const char *one = a->said[word].text, *other = b->said[word].text;

	return one == other || (one != NULL && other != NULL &&
	    strcmp(one, other) == 0);
}

static void
name_others(struct reading *r, const struct account *chosen)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct account *a = &r->accounts[i];

		if (a != chosen && (!same(a, chosen, MSMTP_HOST) ||
		    !same(a, chosen, MSMTP_USER)))
			imported_lose(r->im, &a->said[MSMTP_ACCOUNT],
			    "account '%s': onehop has one smarthost and one "
			    "user", a->said[MSMTP_ACCOUNT].text);
	}
}

void
msmtp_import(struct imported *im, const char *const files[2])
{
	struct reading r = { .im = im };
	const struct account *chosen;

	read_file(&r, files[0]);
	chosen = choose(&r, files[0]);
	if (chosen != NULL) {
		name_others(&r, chosen);
		msmtpaccount_carry(im, chosen->said);
	}
	free(r.accounts);
}
