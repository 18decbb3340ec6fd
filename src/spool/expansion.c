#include <config.h>

#include "spool/expansion.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/alias.h"
#include "mail/mailbox.h"
#include "spool/aliases.h"
#include "spool/local.h"
#include "spool/warnings.h"

enum {
	/* sendmail goes 10 deep by default; nobody means more than this. */
	DEPTH_MAX = 50,
};

static const char only_addresses[] = "mail goes to addresses only, "
    "not to programs, files or lists";

/* Where an item stands, for what is said of it. */
struct place {
	const char *file;
	unsigned line;
	bool list;
};

static void expand(struct expansion *, const struct place *,
    const struct buf *spec);

static void __attribute__((__format__(printf, 2, 3)))
explain(struct expansion *x, const char *fmt, ...)
{
	char line[2 * ADDRESS_MAX];
	va_list ap;

	if (x->why == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	buf_printf(x->why, "%*s%s\n", 2 * (int)x->depth, "", line);
}

static void
refuse(struct expansion *x, const struct place *at, const char *text,
    const char *why)
{
	warnings_add(x->warnings, "%s:%u: '%s': %s", at->file, at->line, text,
	    why);
	explain(x, "'%s' in %s:%u is refused: %s", text, at->file, at->line,
	    why);
}

static void
give(struct expansion *x, const char *address)
{
	x->given++;
	x->fn(x->arg, address);
}

/* The recipient itself, whatever aliases there are. */
static void
give_itself(struct expansion *x, const struct place *at,
    const struct buf *spec)
{
	struct buf full = { 0 };
	const char *wrong;

	buf_add(&full, spec->data, spec->len);
	local_qualify(x->local, &full);
	wrong = address_check(full.data, full.len);
	if (wrong == NULL) {
		explain(x, "%s goes to %s", spec->data, full.data);
		give(x, full.data);
	} else
		refuse(x, at, full.data, wrong);
	buf_free(&full);
}

/* A local recipient for which there is no alias, or none of any use. */
static void
give_to_admin(struct expansion *x, const struct place *at,
    const struct buf *spec)
{
	if (x->admin == NULL) {
		give_itself(x, at, spec);
		return;
	}
	explain(x, "%s goes to admin, %s", spec->data, x->admin);
	give(x, x->admin);
}

/* What is not an address, but may be read as one. */
static const char *
check_kind(const struct buf *spec)
{
	const char *p = spec->data;

	if (spec->len == 0)
		return "it is empty";
	if (mailbox_local_length(p, spec->len) < spec->len)
		return NULL;
	if (strcmp(p, "-") == 0)
		return "it is not an address";
	p += *p == '"';
	return *p == '|' || *p == '/' || *p == ':' ? only_addresses : NULL;
}

static void
follow_addresses(struct expansion *x, const struct place *at,
    const struct buf *text, bool final)
{
	const char *p = text->data, *end = p + text->len, *wrong;
	struct buf spec = { 0 };
	struct address a;
	bool any = false;

	for (; (p = address_next(p, end, &a, &spec)) != NULL; any = true) {
		wrong = a.error != NULL ? a.error : check_kind(&spec);
		if (wrong != NULL)
			refuse(x, at, text->data, wrong);
		else if (final)
			give_itself(x, at, &spec);
		else
			expand(x, at, &spec);
	}
	if (!any)
		refuse(x, at, text->data, "there is no address");
	buf_free(&spec);
}

static void follow_list(struct expansion *, const struct place *,
    const struct buf *path);

static void
follow_items(struct expansion *x, struct place *at, struct alias_cursor *c)
{
	struct alias_item item;
	struct buf text = { 0 };

	while (alias_item_next(c, &item, &text)) {
		at->line = item.line;
		switch (item.kind) {
		case ALIAS_ADDRESS:
		case ALIAS_FINAL:
			follow_addresses(x, at, &text,
			    item.kind == ALIAS_FINAL);
			break;
		case ALIAS_LIST:
			if (at->list)
				refuse(x, at, text.data, "a list is not "
				    "included from another");
			else
				follow_list(x, at, &text);
			break;
		case ALIAS_COMMAND:
		case ALIAS_FILE:
			refuse(x, at, text.data, only_addresses);
			break;
		}
	}
	buf_free(&text);
}

static void
follow_list(struct expansion *x, const struct place *at,
    const struct buf *path)
{
	struct place in = { .file = path->data, .list = true };
	struct alias_cursor c;

	if (aliases_list(x->aliases, path->data, path->len, at->line, &c) ==
	    -1) {
		explain(x, "the list '%s' in %s:%u cannot be read",
		    path->data, at->file, at->line);
		return;
	}
	explain(x, "the list %s is included in %s:%u", path->data, at->file,
	    at->line);
	x->depth++;
	follow_items(x, &in, &c);
	x->depth--;
}

static void
follow_alias(struct expansion *x, struct alias_entry *entry,
    const struct buf *spec)
{
	const struct alias_entry *before = x->entry;
	struct place at = { .file = x->aliases_path };
	struct alias_cursor c = {
		.p = entry->text, .end = entry->end, .line = entry->line,
	};
	size_t given = x->given;

	explain(x, "%s is local, and has an alias in %s:%u", spec->data,
	    at.file, entry->line);
	entry->seen = x->round;
	entry->open = true;
	x->entry = entry;
	x->depth++;
	follow_items(x, &at, &c);
	x->depth--;
	x->entry = before;
	entry->open = false;
	if (x->given > given)
		return;
	at.line = entry->line;
	refuse(x, &at, spec->data, "the alias leads nowhere, and is not used");
	give_to_admin(x, &at, spec);
}

/* An alias that leads to itself at once is how one keeps a copy. */
static void
give_loop(struct expansion *x, const struct place *at,
    const struct alias_entry *entry, const struct buf *spec)
{
	if (entry != x->entry)
		refuse(x, at, spec->data, "the alias leads back to itself");
	explain(x, "%s is being followed already, and stands for itself",
	    spec->data);
	give_itself(x, at, spec);
}

static struct alias_entry *
find(struct expansion *x, const struct buf *spec)
{
	size_t len = mailbox_local_length(spec->data, spec->len);
	struct buf name = { 0 };
	struct alias_entry *entry;

	mailbox_unquote(spec->data, len, &name);
	entry = aliases_find(x->aliases, name.data, name.len);
	buf_free(&name);
	return entry;
}

/* Where mail to a well-formed address goes, which stands there. */
static void
expand(struct expansion *x, const struct place *at, const struct buf *spec)
{
	enum local_kind kind = local_kind(x->local, spec->data, spec->len);
	struct alias_entry *entry = kind != LOCAL_NOT ? find(x, spec) : NULL;

	if (kind == LOCAL_NOT) {
		explain(x, "%s is not local", spec->data);
		give(x, spec->data);
	} else if (entry == NULL && kind == LOCAL_DOMAIN) {
		explain(x, "%s has no alias", spec->data);
		give(x, spec->data);
	} else if (entry == NULL) {
		explain(x, "%s is local, and has no alias", spec->data);
		give_to_admin(x, at, spec);
	} else if (entry->open)
		give_loop(x, at, entry, spec);
	else if (entry->seen == x->round) {
		explain(x, "%s has been seen to already", spec->data);
		x->given++;
	} else if (x->depth < DEPTH_MAX)
		follow_alias(x, entry, spec);
	else {
		refuse(x, at, spec->data, "aliases are nested too deep");
		give_to_admin(x, at, spec);
	}
}

const char *
expansion_run(struct expansion *x, const char *text)
{
	struct buf spec = { 0 }, full = { 0 };
	struct place at = { .file = x->aliases_path };
	const char *wrong;

	buf_adds(&spec, text);
	wrong = check_kind(&spec);
	if (wrong == NULL) {
		buf_adds(&full, text);
		local_qualify(x->local, &full);
		wrong = address_check(full.data, full.len);
	}
	if (wrong == NULL)
		expand(x, &at, &spec);
	buf_free(&full);
	buf_free(&spec);
	return wrong;
}
