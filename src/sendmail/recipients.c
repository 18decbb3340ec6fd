#include <config.h>

#include "sendmail/recipients.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "sendmail/qualify.h"

/*
 * What sendmail once took as a program, a file or a list is refused rather
 * than mailed to a name that nobody can have meant.
 */
static const char *
check_kind(const struct buf *spec, bool qualified)
{
	const char *p = spec->data;

	if (*p == '\0')
		return "it is empty";
	if (qualified)
		return NULL;
	if (strcmp(p, "-") == 0)
		return "it is not an address";
	p += *p == '"';
	if (*p == '|' || *p == '/' || *p == ':')
		return "mail goes to addresses only, "
		    "not to programs, files or lists";
	return NULL;
}

static int
add(struct envelope *e, const struct address *a, struct buf *spec,
    const char *domain, struct buf *error)
{
	const char *wrong = a->error;

	if (wrong == NULL)
		wrong = check_kind(spec, a->qualified);
	if (wrong == NULL) {
		qualify_spec(spec, domain);
		wrong = address_check(spec->data, spec->len);
	}
	if (wrong != NULL) {
		buf_printf(error, "recipient '%.*s': %s",
		    (int)(a->end - a->start), a->start, wrong);
		return -1;
	}
	envelope_add_recipient(e, spec->data);
	return 0;
}

static int
add_list(struct envelope *e, const char *p, const char *end,
    const char *domain, struct buf *error)
{
	struct buf spec = { 0 };
	struct address a;
	int result = 0;

	while (result == 0 && (p = address_next(p, end, &a, &spec)) != NULL)
		result = add(e, &a, &spec, domain, error);
	buf_free(&spec);
	return result;
}

int
recipients_add_word(struct envelope *e, const char *word, const char *domain,
    struct buf *error)
{
	return add_list(e, word, word + strlen(word), domain, error);
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
    const char *domain, struct buf *error)
{
	const char *end = header->data + header->len, *p;
	bool resent = false;
	struct field f;

	for (p = header->data; (p = header_next(p, end, &f)) != NULL; )
		resent = resent || names_recipients(&f, true);
	for (p = header->data; (p = header_next(p, end, &f)) != NULL; )
		if (names_recipients(&f, resent) && add_list(e, f.value,
		    f.value + f.valuelen, domain, error) == -1)
			return -1;
	return 0;
}

/* The same address? The domain follows the last "@". */
static int
compare(const char *a, const char *b)
{
	const char *at = strrchr(a, '@');
	size_t local = at != NULL ? (size_t)(at - a) : strlen(a);
	int order = strncmp(a, b, local);

	return order != 0 ? order : strcasecmp(a + local, b + local);
}

/* By address, and the earlier of two alike first: pointers into one array. */
static int
compare_recipients(const void *va, const void *vb)
{
	const struct recipient *const *a = va, *const *b = vb;
	int order = compare((*a)->address, (*b)->address);

	if (order != 0)
		return order;
	return *a < *b ? -1 : 1;
}

void
recipients_unique(struct envelope *e)
{
	size_t n = e->nrecipients, kept = 0;
	struct recipient **sorted = xcalloc(n, sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = &e->recipients[i];
	qsort(sorted, n, sizeof(*sorted), compare_recipients);
	for (size_t i = n; i-- > 1; ) {
		if (compare(sorted[i]->address, sorted[i - 1]->address) != 0)
			continue;
		free(sorted[i]->address);
		sorted[i]->address = NULL;
	}
	free(sorted);
	for (size_t i = 0; i < n; i++) {
		if (e->recipients[i].address != NULL)
			e->recipients[kept++] = e->recipients[i];
		else
			free(e->recipients[i].reason);
	}
	e->nrecipients = kept;
}
