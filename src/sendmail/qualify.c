#include <config.h>

#include "sendmail/qualify.h"

#include "base/buf.h"
#include "mail/address.h"
#include "mail/header.h"

bool
qualify_is_address_field(const struct field *f)
{
	static const char *const names[] = {
		"From", "Sender", "Reply-To", "To", "Cc", "Resent-From",
		"Resent-Sender", "Resent-Reply-To", "Resent-To", "Resent-Cc",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (field_is(f, names[i]))
			return true;
	return false;
}

static bool
names_author(const struct field *f)
{
	return field_is(f, "From") || field_is(f, "Sender") ||
	    field_is(f, "Reply-To");
}

static bool
has_separator(const char *p, const char *end)
{
	for (; p < end; p++)
		if (*p == ',' || *p == ';' || *p == ':')
			return true;
	return false;
}

/*
 * Whether the value is addresses, none of them malformed, and with commas
 * between them: "From: Web Server Admin" is not three authors.
 */
static bool
is_list(const struct field *f)
{
	const char *p = f->value, *end = f->value + f->valuelen;
	const char *before = NULL;
	struct buf spec = { 0 };
	struct address a;
	bool list = true;

	while (list && (p = address_next(p, end, &a, &spec)) != NULL) {
		list = a.error == NULL &&
		    (before == NULL || has_separator(before, a.start));
		before = a.end;
	}
	buf_free(&spec);
	return list;
}

void
qualify_value(const struct field *f, const char *domain, struct buf *out)
{
	const char *p = f->value, *end = f->value + f->valuelen;
	const char *done = f->value;
	struct buf spec = { 0 };
	struct address a;

	if (names_author(f) && !is_list(f))
		p = end;
	while ((p = address_next(p, end, &a, &spec)) != NULL) {
		if (a.error != NULL || a.qualified || spec.len == 0)
			continue;
		buf_add(out, done, (size_t)(a.local_end - done));
		buf_printf(out, "@%s", domain);
		done = a.local_end;
	}
	buf_add(out, done, (size_t)(end - done));
	buf_free(&spec);
}
