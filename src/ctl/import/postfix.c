#include <config.h>

#include "ctl/import/postfix.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/number.h"
#include "ctl/import/imported.h"
#include "ctl/import/maincf.h"
#include "ctl/import/postfixother.h"
#include "ctl/import/postfixrelay.h"
#include "ctl/import/postfixtable.h"

#define SEPARATORS ", \t\r\n"

struct reading {
	struct imported *im;
	const struct maincf *cf;
};

static bool
get(const struct reading *r, const char *name, struct statement *said)
{
	maincf_get(r->cf, r->im, name, said);
	return said->text != NULL && *said->text != '\0';
}

/* Parameters whose value is that of a keyword. */
static void
carry_plain(const struct reading *r)
{
	static const char *const plain[][2] = {
		{ "smtp_bind_address", "source-address" },
		{ "smtp_bind_address6", "source-address" },
		{ "default_destination_concurrency_limit", "connections" },
		{ "smtp_destination_concurrency_limit", "connections" },
	};
	struct statement said;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (get(r, plain[i][0], &said))
			imported_set(r->im, &said, plain[i][1], "%s",
			    said.text);
	if (get(r, "inet_protocols", &said) && strcmp(said.text, "all") != 0)
		imported_lose(r->im, &said, "inet_protocols: onehop tries "
		    "all addresses of the smarthost; source-address limits "
		    "them to those of its family");
	if (!get(r, "message_size_limit", &said))
		return;
	if (strcmp(said.text, "0") == 0)
		imported_lose(r->im, &said, "message_size_limit: onehop has "
		    "one always, see max-size");
	else
		imported_set(r->im, &said, "max-size", "%s", said.text);
}

/* Times of Postfix have a unit of their own where none is given. */
static const struct {
	const char *name;
	const char *keyword;
	char unit;
} times[] = {
	{ "maximal_queue_lifetime", "lifetime", 'd' },
	{ "minimal_backoff_time", "retry-min", 's' },
	{ "maximal_backoff_time", "retry-max", 's' },
	{ "delay_warning_time", "delay-warning", 'h' },
};

static void
carry_time(const struct reading *r, const struct statement *said,
    const char *keyword, char unit)
{
	size_t len = strlen(said->text);
	uint64_t n;

	if (isalpha((unsigned char)said->text[len - 1]))
		unit = (char)tolower((unsigned char)said->text[--len]);
	if (number_parse(said->text, len, 10, UINT32_MAX, &n) == -1) {
		imported_lose(r->im, said, "%s: '%s' is no time", keyword,
		    said->text);
		return;
	}
	if (unit == 'w') {
		n *= 7;
		unit = 'd';
	}
	if (n == 0 && strcmp(keyword, "delay-warning") == 0)
		imported_set(r->im, said, keyword, "never");
	else
		imported_set(r->im, said, keyword, "%" PRIu64 "%c", n, unit);
}

static void
carry_times(const struct reading *r)
{
	struct statement said;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (get(r, times[i].name, &said))
			carry_time(r, &said, times[i].keyword, times[i].unit);
}

/* Debian lets myorigin name a file with the domain in its first line. */
static void
carry_origin(const struct reading *r)
{
	struct statement said;
	const char *file;

	if (!get(r, "myorigin", &said) && !get(r, "myhostname", &said))
		return;
	file = said.text;
	if (*file == '/') {
		said.text = imported_read(r->im, file);
		if (strcmp(file, "/etc/mailname") == 0 || said.text == NULL)
			return;
		said.text[strcspn(said.text, " \t\r\n")] = '\0';
	}
	imported_set(r->im, &said, "domain", "%s", said.text);
}

static void
carry_names(const struct reading *r)
{
	struct statement said;

	carry_origin(r);
	if (get(r, "smtp_helo_name", &said) || get(r, "myhostname", &said))
		imported_set(r->im, &said, "helo", "%s", said.text);
	if (get(r, "luser_relay", &said)) {
		if (strchr(maincf_find(r->cf, "luser_relay")->text, '$') !=
		    NULL)
			imported_lose(r->im, &said, "luser_relay: set admin "
			    "to one address");
		else
			imported_set(r->im, &said, "admin", "%s", said.text);
	}
}

/* Only local(8) follows aliases, which gets no mail from a null client. */
static void
carry_aliases(const struct reading *r, const struct statement *at)
{
	struct statement destination, maps;
	char *rest, *type, *name;
	bool is_text;

	maincf_get(r->cf, r->im, "mydestination", &destination);
	maincf_get(r->cf, r->im, "alias_maps", &maps);
	if (destination.text != NULL && *destination.text == '\0')
		maps = destination;
	if (destination.text == NULL || *destination.text != '\0')
		imported_note(r->im, destination.file != NULL ? &destination :
		    at, "Postfix put mail to local users without an alias "
		    "into their mailboxes. onehop sends it on: set admin to "
		    "the address that is to have it.");
	if (maps.text == NULL)
		return;
	if (*maps.text == '\0') {
		imported_set(r->im, &maps, "aliases", "/dev/null");
		imported_note(r->im, &maps, "Postfix followed no aliases "
		    "here: mail to root goes to root at domain. Take "
		    "'aliases /dev/null' away to use /etc/aliases, or set "
		    "admin.");
		return;
	}
	rest = maps.text;
	while ((type = postfixtable_next(&rest, &name, &is_text)) != NULL) {
		if (!is_text)
			imported_lose(r->im, &maps, "alias_maps: a table of "
			    "type %s; write its entries into the file of "
			    "aliases", type);
		else if (imported_value(r->im, "aliases") == NULL)
			imported_set(r->im, &maps, "aliases", "%s", name);
		else
			imported_lose(r->im, &maps, "alias_maps: %s; onehop "
			    "reads one file of aliases", name);
	}
}

/* All of them change the header as well. */
static void
carry_senders(const struct reading *r)
{
	static const char *const names[] = {
		"sender_canonical_maps", "canonical_maps",
		"smtp_generic_maps",
	};
	struct statement said;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!get(r, names[i], &said))
			continue;
		postfixtable_senders(r->im, names[i], &said,
		    imported_value(r->im, "domain"));
		if (imported_senders(r->im) != NULL)
			imported_set(r->im, &said, "rewrite-from", "on");
		if (i > 0)
			imported_note(r->im, &said, "%s changed recipients "
			    "too; for onehop only aliases do", names[i]);
	}
}

/*
 * Who may use sendmail: names, or all but those with a "!"; root always may.
 */
static void
carry_users(const struct reading *r)
{
	struct buf may = { 0 }, not = { 0 };
	struct statement said;
	bool all = false, other = false;
	char *rest, *word;

	if (!get(r, "authorized_submit_users", &said))
		return;
	rest = said.text;
	while ((word = strsep(&rest, SEPARATORS)) != NULL) {
		if (strcmp(word, "static:anyone") == 0 ||
		    strcmp(word, "static:all") == 0)
			all = true;
		else if (strpbrk(word, ":/") != NULL)
			other = true;
		else if (*word == '!')
			buf_printf(&not, "%s%s", not.len > 0 ? " " : "",
			    word + 1);
		else if (*word != '\0')
			buf_printf(&may, " %s", word);
	}
	if (other)
		imported_lose(r->im, &said, "authorized_submit_users: name "
		    "the users in submit-users or deny-users");
	else if (!all)
		imported_set(r->im, &said, "submit-users", "root%s",
		    may.len > 0 ? may.data : "");
	if (!other && not.len > 0)
		imported_set(r->im, &said, "deny-users", "%s", not.data);
	buf_free(&may);
	buf_free(&not);
}

void
postfix_import(struct imported *im, const char *const files[2])
{
	struct statement at = { .file = files[0] };
	char *text = imported_read(im, files[0]);
	struct reading r = { .im = im };
	struct maincf *cf;

	if (text == NULL)
		return;
	r.cf = cf = maincf_parse(files[0], text, imported_host(im));
	if (maincf_mistake(cf) != NULL)
		imported_lose(im, maincf_mistake(cf), "is no NAME = VALUE");
	postfixrelay_carry(im, cf, files[0]);
	carry_plain(&r);
	carry_times(&r);
	carry_names(&r);
	carry_aliases(&r, &at);
	carry_senders(&r);
	carry_users(&r);
	postfixother_name(im, cf);
	maincf_free(cf);
}
