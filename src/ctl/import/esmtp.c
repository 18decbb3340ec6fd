#include <config.h>

#include "ctl/import/esmtp.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/number.h"
#include "ctl/import/imported.h"
#include "ctl/import/known.h"
#include "ctl/import/oldrelay.h"

struct esmtp {
	struct statement identity, hostname, username, password, starttls;
	struct statement passphrase, helo, qualify, sender, reverse_path;
};

static const struct known keywords[] = {
#define AT(member) offsetof(struct esmtp, member), NULL
	{ "hostname", AT(hostname) },
	{ "username", AT(username) },
	{ "password", AT(password) },
	{ "starttls", AT(starttls) },
	{ "helo", AT(helo) },
	{ "qualifydomain", AT(qualify) },
	{ "sender", AT(sender) },		/* after "force" */
	{ "reverse_path", AT(reverse_path) },
#undef AT
	{ "certificate_passphrase", 0, "the key must have none: openssl pkey "
	    "takes it away; then set tls-cert-file and tls-key-file" },
	{ "message_id", 0, "onehop adds a Message-ID where there is none" },
	{ "preconnect", 0, "have the tunnel made by a service of its own, "
	    "and relay to its end on loopback" },
	{ "mda", 0, "onehop sends mail to local users on: set admin to the "
	    "address that is to have it" },
	{ "force_mda", 0, "onehop delivers nothing locally" },
	{ NULL, 0, NULL },
};

/* Words, in quotes or not, and "=". */
struct words {
	char *p;
	unsigned line;
	char taken;		/* what the end of the last word stands on */
};

/*
 * A number behind a backslash, of two digits to the base 16 or three to the
 * base 10.  What follows it, or NULL if there is none.
 */
static char *
unescape_number(char *from, char *to)
{
	bool hex = from[1] == 'x';
	size_t skip = hex ? 2 : 1, len = hex ? 2 : 3;
	char digits[4] = "";
	uint64_t value;

	for (size_t i = 0; i < len && from[skip + i] != '\0'; i++)
		digits[i] = (char)toupper((unsigned char)from[skip + i]);
	if (strlen(digits) < len || number_parse(digits, len, hex ? 16 : 10,
	    UINT8_MAX, &value) == -1)
		return NULL;
	*to = (char)value;
	return from + skip + len;
}

/* The escapes of C, in place; what is none stays as it is. */
static void
unescape(char *text)
{
	static const char letters[] = "abfnrtv\\'\"?";
	static const char values[] = "\a\b\f\n\r\t\v\\'\"?";
	char *to = text, *after;
	const char *letter;

	while (*text != '\0') {
		letter = *text == '\\' && text[1] != '\0' ?
		    strchr(letters, text[1]) : NULL;
		if (letter != NULL) {
			*to++ = values[letter - letters];
			text += 2;
		} else if (*text == '\\' && (after = unescape_number(text,
		    to)) != NULL) {
			text = after;
			to++;
		} else
			*to++ = *text++;
	}
	*to = '\0';
}

static void
skip_blanks(struct words *w)
{
	for (;; w->p++) {
		if (*w->p == '\n')
			w->line++;
		else if (*w->p == '#') {
			w->p += strcspn(w->p, "\n");
			w->line += *w->p == '\n';
		}
		if (*w->p == '\0' || !isspace((unsigned char)*w->p))
			return;
	}
}

/* Cuts a word off that is not in quotes. */
static char *
bare_word(struct words *w)
{
	char *word = w->p;

	w->p += strcspn(word, " \t\r\n\f\v=");
	w->taken = *w->p;
	*w->p = '\0';
	if (w->taken != '\0')
		w->p++;
	w->line += w->taken == '\n';
	return word;
}

/* Cuts off what is in quotes, of which the second stands at end. */
static char *
quoted_word(struct words *w, char *end)
{
	char *word = w->p + 1;

	for (const char *p = word; p < end; p++)
		w->line += *p == '\n';
	*end = '\0';
	w->p = end + 1;
	return word;
}

/* The next word, or NULL; is_sign: it is an "=" without quotes. */
static char *
next_word(struct words *w, bool *is_sign)
{
	static char sign[] = "=";
	bool pending = w->taken == '=';
	char *end;

	w->taken = '\0';
	*is_sign = true;
	if (pending)
		return sign;
	skip_blanks(w);
	if (*w->p == '=') {
		w->p++;
		return sign;
	}
	*is_sign = false;
	if (*w->p == '\0')
		return NULL;
	end = *w->p == '"' || *w->p == '\'' ? strchr(w->p + 1, *w->p) : NULL;
	return end != NULL ? quoted_word(w, end) : bare_word(w);
}

/* The value behind a keyword, with or without "=".  NULL: there is none. */
static char *
next_value(struct words *w)
{
	bool is_sign;
	char *word = next_word(w, &is_sign);

	if (is_sign)
		word = next_word(w, &is_sign);
	if (word != NULL)
		unescape(word);
	return word;
}

/* The default identity, the one that is being read, and the first. */
struct reading {
	struct imported *im;
	struct words words;
	struct esmtp global, first, other;
	struct esmtp *into;
	unsigned identities;
};

static void
lose_identity(struct imported *im, const struct statement *at)
{
	imported_lose(im, at, "identity %s: onehop has one smarthost and one "
	    "user; senders gives each sender the address that the smarthost "
	    "takes", at->text);
}

static void
begin_identity(struct reading *r, struct statement *at)
{
	r->identities++;
	r->into = r->identities == 1 ? &r->first : &r->other;
	*r->into = (struct esmtp){ .identity = *at };
	if (r->identities > 1)
		lose_identity(r->im, at);
}

static void
take_keyword(struct reading *r, const char *keyword, struct statement *at)
{
	bool is_sign;

	/* "force" is half of a keyword, "default" one without a value. */
	if (strcmp(keyword, "force") == 0)
		keyword = next_word(&r->words, &is_sign);
	else if (strcmp(keyword, "default") == 0) {
		r->global = (struct esmtp){ 0 };
		r->first = *r->into;
		return;
	}
	at->text = keyword != NULL ? next_value(&r->words) : NULL;
	if (at->text == NULL)
		imported_lose(r->im, at, "has no value");
	else if (strcmp(keyword, "identity") == 0)
		begin_identity(r, at);
	else
		known_take(r->im, keywords, false, keyword, at, r->into);
}

static void
read_file(struct reading *r, const char *file)
{
	struct statement at = { .file = file };
	char *keyword;
	bool is_sign;

	r->words.p = imported_read(r->im, file);
	r->words.line = 1;
	r->into = &r->global;
	while (r->words.p != NULL &&
	    (keyword = next_word(&r->words, &is_sign)) != NULL) {
		at.line = r->words.line;
		take_keyword(r, keyword, &at);
	}
}

static void
carry_relay(struct imported *im, const struct esmtp *e)
{
	struct oldrelay r = { .at = &e->hostname, .tls_at = &e->hostname,
	    .tls = OLD_CLEAR, .trust = OLD_VERIFIED, .user = &e->username,
	    .password = &e->password };
	char *port = e->hostname.text;

	r.host = strsep(&port, ":");
	r.port = port != NULL ? port : "587";
	if (e->starttls.text != NULL) {
		r.tls_at = &e->starttls;
		if (strcmp(e->starttls.text, "required") == 0)
			r.tls = OLD_STARTTLS;
		else if (strcmp(e->starttls.text, "enabled") == 0)
			r.tls = OLD_IF_OFFERED;
	}
	oldrelay_carry(im, &r);
	if (r.tls != OLD_CLEAR)
		imported_lose(im, r.tls_at, "a certificate in "
		    "~/.authenticate was used if there was one: set "
		    "tls-cert-file and tls-key-file");
}

static void
carry_names(struct imported *im, const struct esmtp *e)
{
	const struct statement *path = &e->reverse_path;

	if (e->helo.text != NULL)
		imported_set(im, &e->helo, "helo", "%s", e->helo.text);
	if (e->qualify.text != NULL)
		imported_set(im, &e->qualify, "domain", "%s",
		    e->qualify.text);
	if (path->text != NULL && strncmp(path->text, "%u@", 3) == 0) {
		imported_set(im, path, "domain", "%s", path->text + 3);
		imported_note(im, path, "a sender who was given with -f keeps "
		    "it; esmtp put this one in its place");
	} else if (path->text != NULL)
		imported_set(im, path, "envelope-from", "%s", path->text);
	else if (e->identity.text != NULL)
		imported_set(im, &e->identity, "envelope-from", "%s",
		    e->identity.text);
	if (e->sender.text != NULL)
		imported_lose(im, &e->sender, "force sender: rewrite-from "
		    "puts the address of envelope-from into From and Sender");
}

void
esmtp_import(struct imported *im, const char *const files[2])
{
	struct reading r = { .im = im };
	struct statement at = { .file = files[0] };
	const struct esmtp *e;

	read_file(&r, files[0]);
	e = r.global.hostname.text != NULL || r.identities == 0 ? &r.global :
	    &r.first;
	if (e == &r.global && r.identities > 0)
		lose_identity(im, &r.first.identity);
	if (e->hostname.text != NULL)
		carry_relay(im, e);
	else
		imported_lose(im, &at, "there is no hostname: write relay "
		    "smtps://HOST");
	carry_names(im, e);
}
