#include <config.h>

#include "sendmail/author.h"

#include <string.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/mailbox.h"
#include "mail/phrase.h"

/* The text of a comment after the address: "root@host (Cron Daemon)". */
static void
add_comment(const struct address *a, struct buf *name)
{
	const char *from = a->local_end, *to = a->end;

	from = memchr(from, '(', (size_t)(to - from));
	if (from == NULL)
		return;
	while (to > from && *to != ')')
		to--;
	if (to > from)
		buf_add(name, from + 1, (size_t)(to - from - 1));
}

bool
author_replace(const char *value, size_t len, const char *address,
    struct buf *out)
{
	struct buf spec = { 0 }, name = { 0 }, more = { 0 };
	const char *end = value + len, *p;
	struct address a, second;
	bool replaced = false;

	p = address_next(value, end, &a, &spec);
	if (p == NULL || (a.error == NULL && spec.len > 0 &&
	    mailbox_compare(spec.data, address) == 0 &&
	    address_next(p, end, &second, &more) == NULL))
		goto out;
	replaced = true;
	if (a.error == NULL && a.namelen > 0) {
		buf_printf(out, "%.*s", (int)a.namelen, a.name);
	} else {
		if (a.error == NULL && spec.len > 0)
			add_comment(&a, &name);
		if (name.len == 0 && spec.len > 0)
			buf_add(&name, spec.data, spec.len);
		if (name.len > 0)
			phrase_add(out, name.data);
	}
	buf_printf(out, "%s<%s>", out->len > 0 ? " " : "", address);
out:
	buf_free(&spec);
	buf_free(&name);
	buf_free(&more);
	return replaced;
}
