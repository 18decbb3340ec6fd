#include <config.h>

#include "mail/cursor.h"

#include <string.h>

#include "base/number.h"
#include "base/xmalloc.h"
#include "mail/address.h"

static size_t
left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

int
cursor_line(struct cursor *c, const char *keyword, struct cursor *rest)
{
	size_t klen = strlen(keyword);
	const char *nl = memchr(c->p, '\n', left(c));

	if (nl == NULL || (size_t)(nl - c->p) < klen ||
	    memcmp(c->p, keyword, klen) != 0) {
		c->error = "a field is missing or out of place";
		return -1;
	}
	*rest = (struct cursor){ .p = c->p + klen, .end = nl };
	c->p = nl + 1;
	return 0;
}

int
cursor_number(struct cursor *c, const char *keyword, unsigned base,
    uint64_t max, uint64_t *value)
{
	struct cursor rest;

	if (cursor_line(c, keyword, &rest) == -1)
		return -1;
	if (number_parse(rest.p, left(&rest), base, max, value) == -1) {
		c->error = "a number is malformed";
		return -1;
	}
	return 0;
}

/*
 * The ">" after an address, or NULL: a local part in quotes and an address
 * literal can have others in them.
 */
static const char *
closing_bracket(const struct cursor *c)
{
	bool quoted = false, literal = false;

	for (const char *p = c->p; p < c->end; p++) {
		if (*p == '>' && !quoted && !literal)
			return p;
		if (quoted && *p == '\\')
			p++;
		else if (*p == '"' && !literal)
			quoted = !quoted;
		else if ((*p == '[' || *p == ']') && !quoted)
			literal = *p == '[';
	}
	return NULL;
}

char *
cursor_address(struct cursor *c, bool may_be_empty)
{
	const char *spec = c->p + 1;
	const char *end = closing_bracket(c);

	if (end == NULL || *c->p != '<') {
		c->error = "an address is not in angle brackets";
		return NULL;
	}
	if (end > spec || !may_be_empty) {
		c->error = address_check(spec, (size_t)(end - spec));
		if (c->error != NULL)
			return NULL;
	}
	c->p = end + 1;
	return xstrndup(spec, (size_t)(end - spec));
}

bool
cursor_field(struct cursor *c, const char *name, const char **value,
    size_t *len)
{
	size_t n = strlen(name);
	const char *blank;

	if (left(c) < n || memcmp(c->p, name, n) != 0)
		return false;
	c->p += n;
	*value = c->p;
	blank = memchr(c->p, ' ', left(c));
	c->p = blank != NULL ? blank : c->end;
	*len = (size_t)(c->p - *value);
	return true;
}

int
cursor_end(struct cursor *c, const struct cursor *rest)
{
	c->error = rest->error;
	if (c->error == NULL && rest->p < rest->end)
		c->error = "a field is unknown, out of place or there twice";
	return c->error == NULL ? 0 : -1;
}
