#include <config.h>

#include "mail/entity.h"

#include <string.h>
#include <strings.h>

#include "mail/header.h"
#include "mail/mime.h"

/* The fields of a header that count; name is NULL where there is none. */
struct fields {
	struct field type;
	struct field encoding;
	bool sealed;
};

static bool
has_prefix(const char *p, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && strncasecmp(p, prefix, n) == 0;
}

bool
entity_is_signature(const struct field *f)
{
	return field_is(f, "DKIM-Signature") || field_is(f, "ARC-Seal");
}

static void
read_field(struct entity *e, struct fields *all, const struct field *f)
{
	if (field_is(f, "Content-Type") && all->type.name == NULL)
		all->type = *f;
	else if (field_is(f, "Content-Transfer-Encoding") &&
	    all->encoding.name == NULL)
		all->encoding = *f;
	else if (field_is(f, "MIME-Version"))
		e->version = true;
	else if (entity_is_signature(f))
		all->sealed = true;
	if (has_prefix(f->name, f->namelen, "Content-") || e->version)
		e->mime = true;
}

static enum mime_encoding
encoding_of(const struct field *f)
{
	if (f->name == NULL)
		return MIME_IDENTITY;
	return mime_read_encoding(f->value, f->value + f->valuelen);
}

static enum entity_kind
encoded_kind(enum mime_encoding encoding, enum entity_kind identity)
{
	switch (encoding) {
	case MIME_QUOTED_PRINTABLE:
		return ENTITY_QUOTED;
	case MIME_BASE64:
		return ENTITY_BASE64;
	case MIME_OTHER_ENCODING:
		return ENTITY_FIXED;
	default:
		return identity;
	}
}

static bool
is_sealed(const struct mime_type *t)
{
	if (mime_type_is(t, "application", NULL))
		return has_prefix(t->subtype, t->subtypelen, "pkcs7-") ||
		    has_prefix(t->subtype, t->subtypelen, "x-pkcs7-");
	return mime_type_is(t, "multipart", "signed") ||
	    mime_type_is(t, "multipart", "encrypted");
}

static enum entity_kind
kind_of(const struct mime_type *t, enum mime_encoding encoding)
{
	if (is_sealed(t))
		return ENTITY_SEALED;
	/* The parts of some are not encoded, whatever it says there. */
	if (mime_type_is(t, "multipart", NULL))
		return ENTITY_MULTIPART;
	if (mime_type_is(t, "message", "rfc822") ||
	    mime_type_is(t, "message", "global"))
		return encoded_kind(encoding, ENTITY_MESSAGE);
	if (mime_type_is(t, "message", NULL))
		return encoded_kind(encoding, ENTITY_FIXED);
	return encoded_kind(encoding, ENTITY_PLAIN);
}

static void
apply_type(struct entity *e, const struct field *f,
    enum mime_encoding encoding)
{
	const char *end = f->value + f->valuelen;
	struct mime_type type;

	if (mime_read_type(f->value, end, &type) == -1) {
		e->kind = encoded_kind(encoding, ENTITY_PLAIN);
		return;
	}
	e->kind = kind_of(&type, encoding);
	e->digest = mime_type_is(&type, "multipart", "digest");
	e->parameters = type.rest;
	e->parameters_end = end;
}

void
entity_read(const char *header, const char *end, enum entity_place place,
    struct entity *e)
{
	struct fields all = { .sealed = false };
	enum mime_encoding encoding;
	struct field f;

	*e = (struct entity){ .kind = ENTITY_PLAIN };
	while ((header = header_next(header, end, &f)) != NULL)
		read_field(e, &all, &f);
	encoding = encoding_of(&all.encoding);
	if (all.type.name != NULL)
		apply_type(e, &all.type, encoding);
	else
		e->kind = encoded_kind(encoding,
		    place == ENTITY_IS_PART_OF_DIGEST ? ENTITY_MESSAGE :
		    ENTITY_PLAIN);
	if (place == ENTITY_IS_MESSAGE && all.sealed)
		e->kind = ENTITY_SEALED;
}
