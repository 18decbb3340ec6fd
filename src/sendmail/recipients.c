#include <config.h>

#include "sendmail/recipients.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "spool/rewrite.h"

static void
add(void *e, const char *address)
{
	envelope_add_recipient(e, address);
}

static int
add_list(struct envelope *e, const char *p, const char *end,
    struct rewrite *rewrite, struct buf *error)
{
	const char *wrong = NULL;
	struct buf spec = { 0 };
	struct address a;

	while (wrong == NULL &&
	    (p = address_next(p, end, &a, &spec)) != NULL) {
		wrong = a.error != NULL ? a.error :
		    rewrite_recipient(rewrite, spec.data, add, e, NULL);
		if (wrong != NULL)
			buf_printf(error, "recipient '%.*s': %s",
			    (int)(a.end - a.start), a.start, wrong);
	}
	buf_free(&spec);
	return wrong == NULL ? 0 : -1;
}

int
recipients_add_word(struct envelope *e, const char *word,
    struct rewrite *rewrite, struct buf *error)
{
	return add_list(e, word, word + strlen(word), rewrite, error);
}

static bool
names_recipients(const struct field *f, bool resent)
{
	if (resent)
		return field_is(f, "Resent-To") || field_is(f, "Resent-Cc") ||
		    field_is(f, "Resent-Bcc");
	return field_is(f, "To") || field_is(f, "Cc") || field_is(f, "Bcc");
}

int
recipients_add_header(struct envelope *e, const struct buf *header,
    struct rewrite *rewrite, struct buf *error)
{
	const char *end = header->data + header->len, *p;
	bool resent = false;
	struct field f;

	for (p = header->data; (p = header_next(p, end, &f)) != NULL; )
		resent = resent || names_recipients(&f, true);
	for (p = header->data; (p = header_next(p, end, &f)) != NULL; )
		if (names_recipients(&f, resent) && add_list(e, f.value,
		    f.value + f.valuelen, rewrite, error) == -1)
			return -1;
	return 0;
}
