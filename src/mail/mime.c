#include <config.h>

#include "mail/mime.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "mail/token.h"

/* Skips blanks, folding and comments. */
static const char *
skip(const char *p, const char *end)
{
	struct token t;

	token_read(p, end, &t);
	return t.start;
}

static bool
is_token_char(char c)
{
	return c > ' ' && c < '\177' && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static const char *
token_end(const char *p, const char *end)
{
	while (p < end && is_token_char(*p))
		p++;
	return p;
}

static bool
is_word(const char *p, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(p, word, len) == 0;
}

int
mime_read_type(const char *p, const char *end, struct mime_type *t)
{
	t->type = skip(p, end);
	p = token_end(t->type, end);
	t->typelen = (size_t)(p - t->type);
	p = skip(p, end);
	if (p == end || *p != '/')
		return -1;
	t->subtype = skip(p + 1, end);
	t->rest = token_end(t->subtype, end);
	t->subtypelen = (size_t)(t->rest - t->subtype);
	return t->typelen == 0 || t->subtypelen == 0 ? -1 : 0;
}

bool
mime_type_is(const struct mime_type *t, const char *type, const char *subtype)
{
	return is_word(t->type, t->typelen, type) &&
	    (subtype == NULL || is_word(t->subtype, t->subtypelen, subtype));
}

/* Where the next parameter begins: after a semicolon.  NULL if none does. */
static const char *
next_parameter(const char *p, const char *end)
{
	struct token t;

	do {
		token_read(p, end, &t);
		if (t.kind == TOKEN_END)
			return NULL;
		p = t.end;
	} while (t.kind != TOKEN_SEMICOLON);
	return p;
}

/* A quoted string that is not closed goes on to the end. */
static void
add_quoted(struct buf *value, const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && end - p > 1)
			p++;
		if (*p != '\r' && *p != '\n')
			buf_addc(value, *p);
	}
}

static void
add_unquoted(struct buf *value, const char *p, const char *end)
{
	const char *start = p;

	while (p < end && (unsigned char)*p > ' ' && *p != ';' && *p != '(')
		p++;
	buf_add(value, start, (size_t)(p - start));
}

bool
mime_parameter(const char *p, const char *end, const char *name,
    struct buf *value)
{
	const char *attribute, *equals;

	while ((p = next_parameter(p, end)) != NULL) {
		attribute = skip(p, end);
		p = token_end(attribute, end);
		equals = skip(p, end);
		if (equals == end || *equals != '=' ||
		    !is_word(attribute, (size_t)(p - attribute), name))
			continue;
		p = skip(equals + 1, end);
		if (p < end && *p == '"')
			add_quoted(value, p, end);
		else
			add_unquoted(value, p, end);
		return true;
	}
	return false;
}

enum mime_encoding
mime_read_encoding(const char *p, const char *end)
{
	/* A hyphen in the first two is a mistake that is often made. */
	static const struct {
		const char *name;
		enum mime_encoding encoding;
	} names[] = {
		{ "7bit", MIME_IDENTITY },
		{ "8bit", MIME_IDENTITY },
		{ "7-bit", MIME_IDENTITY },
		{ "8-bit", MIME_IDENTITY },
		{ "binary", MIME_IDENTITY },
		{ "quoted-printable", MIME_QUOTED_PRINTABLE },
		{ "base64", MIME_BASE64 },
	};
	const char *start = skip(p, end);
	size_t len = (size_t)(token_end(start, end) - start);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_word(start, len, names[i].name))
			return names[i].encoding;
	return start == end ? MIME_IDENTITY : MIME_OTHER_ENCODING;
}
