#include <config.h>

#include "sendmail/qualify.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/mailbox.h"

void
qualify_spec(struct buf *spec, const char *domain)
{
	static const char local[] = "@localhost";
	size_t len = sizeof(local) - 1;

	if (spec->len > len &&
	    strcasecmp(spec->data + spec->len - len, local) == 0)
		spec->len -= len;
	else if (mailbox_local_length(spec->data, spec->len) < spec->len)
		return;
	buf_printf(spec, "@%s", domain);
}

const char *
qualify_sender(const char *text, const char *domain, struct buf *out)
{
	const char *end = text + strlen(text), *p;
	struct address a = { 0 }, more;
	struct buf spec = { 0 };
	const char *error;

	p = address_next(text, end, &a, &spec);
	error = a.error;
	if (p != NULL && error == NULL && spec.len > 0) {
		qualify_spec(&spec, domain);
		error = address_check(spec.data, spec.len);
		buf_add(out, spec.data, spec.len);
	}
	if (p != NULL && error == NULL &&
	    address_next(p, end, &more, &spec) != NULL)
		error = "there is more than one address";
	buf_free(&spec);
	return error;
}

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

void
qualify_value(const struct field *f, const char *domain, struct buf *out)
{
	const char *p = f->value, *end = f->value + f->valuelen;
	const char *done = f->value;
	struct buf spec = { 0 };
	struct address a;

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
