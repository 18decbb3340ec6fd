#include <config.h>

#include "spool/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mail/address.h"
#include "mail/sender.h"
#include "spool/aliases.h"
#include "spool/config.h"
#include "spool/expansion.h"
#include "spool/local.h"
#include "spool/senders.h"
#include "spool/warnings.h"

struct rewrite {
	const struct config *cfg;
	struct warnings *warnings;
	struct local *local;
	struct aliases *aliases;
	struct senders *senders;
	unsigned rounds;	/* expansions so far */
};

struct rewrite *
rewrite_open(const struct config *cfg, const char *domain, const char *host)
{
	struct rewrite *rw = xcalloc(1, sizeof(*rw));

	rw->cfg = cfg;
	rw->warnings = warnings_new();
	rw->local = local_new(domain, host);
	rw->aliases = aliases_new(cfg->aliases,
	    strcmp(cfg->aliases, "/etc/aliases") == 0, rw->warnings);
	rw->senders = senders_new(cfg->senders, rw->warnings);
	return rw;
}

void
rewrite_close(struct rewrite *rw)
{
	senders_free(rw->senders);
	aliases_free(rw->aliases);
	local_free(rw->local);
	warnings_free(rw->warnings);
	free(rw);
}

void
rewrite_give_warnings(struct rewrite *rw, void (*fn)(void *, const char *),
    void *arg)
{
	warnings_give(rw->warnings, fn, arg);
}

const char *
rewrite_trouble(const struct rewrite *rw)
{
	return warnings_trouble(rw->warnings);
}

const char *
rewrite_recipient(struct rewrite *rw, const char *spec,
    void (*fn)(void *, const char *), void *arg, struct buf *why)
{
	struct expansion x = {
		.aliases_path = rw->cfg->aliases,
		.admin = rw->cfg->admin,
		.aliases = rw->aliases,
		.local = rw->local,
		.warnings = rw->warnings,
		.round = ++rw->rounds,
		.fn = fn,
		.arg = arg,
		.why = why,
	};

	return expansion_run(&x, spec);
}

/* The sender that the configuration has for one that is qualified. */
static bool
replace(struct rewrite *rw, struct buf *spec, struct buf *why)
{
	struct sender_rule r;

	if (senders_find(rw->senders, spec->data,
	    local_kind(rw->local, spec->data, spec->len) != LOCAL_NOT, &r)) {
		if (why != NULL)
			buf_printf(why, "%s matches '%.*s' in %s:%u\n",
			    spec->data, (int)r.patternlen, r.pattern,
			    rw->cfg->senders, r.line);
		buf_clear(spec);
		buf_add(spec, r.address, r.addresslen);
	} else if (rw->cfg->envelope_from != NULL) {
		if (why != NULL)
			buf_printf(why, "%s is replaced by "
			    "envelope-from\n", spec->data);
		buf_clear(spec);
		buf_adds(spec, rw->cfg->envelope_from);
	} else {
		if (why != NULL)
			buf_printf(why, "nothing replaces %s\n", spec->data);
		return false;
	}
	return true;
}

static const char *
find_sender(struct rewrite *rw, struct buf *spec, bool *replaced,
    struct buf *why)
{
	const char *error;

	if (local_kind(rw->local, spec->data, spec->len) == LOCAL_BARE) {
		if (why != NULL)
			buf_printf(why, "%s gets the domain: ", spec->data);
		local_qualify(rw->local, spec);
		if (why != NULL)
			buf_printf(why, "%s\n", spec->data);
	}
	error = address_check(spec->data, spec->len);
	if (error == NULL)
		*replaced = replace(rw, spec, why);
	return error;
}

const char *
rewrite_sender(struct rewrite *rw, const char *text, struct buf *out,
    bool *replaced, struct buf *why)
{
	const char *end = text + strlen(text), *p;
	struct buf spec = { 0 }, rest = { 0 };
	struct address a = { 0 }, more;
	const char *error;

	*replaced = false;
	p = address_next(text, end, &a, &spec);
	error = a.error;
	if (error == NULL && p != NULL &&
	    address_next(p, end, &more, &rest) != NULL)
		error = "there is more than one address";
	if (error == NULL && spec.len > 0)
		error = find_sender(rw, &spec, replaced, why);
	else if (error == NULL && why != NULL)
		buf_adds(why, "the null sender stays as it is\n");
	if (error == NULL)
		buf_add(out, spec.data, spec.len);
	buf_free(&rest);
	buf_free(&spec);
	return error;
}
