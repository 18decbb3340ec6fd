#include <config.h>

#include "sendmail/complete.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/date.h"
#include "mail/entity.h"
#include "mail/header.h"
#include "mail/phrase.h"
#include "mail/wrap.h"
#include "sendmail/author.h"
#include "sendmail/qualify.h"

/* The fields that are added when they are missing; an empty one is. */
enum kind {
	DATE,
	FROM,
	MESSAGE_ID,
	RESENT_FROM,
	RESENT_DATE,
	RESENT_MESSAGE_ID,
	OTHER,
};

static const char *const names[OTHER] = {
	[DATE] = "Date",
	[FROM] = "From",
	[MESSAGE_ID] = "Message-ID",
	[RESENT_FROM] = "Resent-From",
	[RESENT_DATE] = "Resent-Date",
	[RESENT_MESSAGE_ID] = "Resent-Message-ID",
};

static enum kind
kind_of(const struct field *f)
{
	for (int kind = 0; kind < OTHER; kind++)
		if (field_is(f, names[kind]))
			return (enum kind)kind;
	return OTHER;
}

/* Blind recipients never leave; Return-Path is the last hop's to set. */
static bool
is_dropped(const struct field *f)
{
	if (field_is(f, "Bcc") || field_is(f, "Resent-Bcc") ||
	    field_is(f, "Return-Path"))
		return true;
	return kind_of(f) != OTHER && field_is_blank(f);
}

static void
find_fields(const struct buf *header, bool found[OTHER + 1])
{
	const char *p = header->data, *end = p + header->len;
	struct field f;

	while ((p = header_next(p, end, &f)) != NULL)
		if (!is_dropped(&f))
			found[kind_of(&f)] = true;
}

bool
complete_has_from(const struct buf *header)
{
	bool found[OTHER + 1] = { false };

	find_fields(header, found);
	return found[FROM];
}

/* RFC 5321, section 4.4.  Recipients are not named: they may be blind. */
static void
add_received(const struct origin *o, const char *date, struct buf *out)
{
	buf_printf(out, "Received: by %s (onehop, from userid %lu)\r\n"
	    "\tid %s; %s\r\n", o->host, (unsigned long)o->uid, o->id, date);
}

static void
add_from(const struct origin *o, struct buf *out)
{
	buf_adds(out, "From: ");
	if (*o->full_name != '\0') {
		phrase_add(out, o->full_name);
		buf_printf(out, " <%s>\r\n", o->sender);
	} else
		buf_printf(out, "%s\r\n", o->sender);
}

/* The ID is unique on this host; the rest makes it so in the domain. */
static void
add_message_id(const char *name, const struct origin *o, struct buf *out)
{
	buf_printf(out, "%s: <%s.%08lx@%s>\r\n", name, o->id,
	    (unsigned long)arc4random(), o->domain);
}

static void
add_missing(const struct origin *o, const bool found[OTHER + 1],
    const char *date, struct buf *out)
{
	if (found[RESENT_FROM] && !found[RESENT_DATE])
		buf_printf(out, "%s: %s\r\n", names[RESENT_DATE], date);
	if (found[RESENT_FROM] && !found[RESENT_MESSAGE_ID])
		add_message_id(names[RESENT_MESSAGE_ID], o, out);
	if (!found[DATE])
		buf_printf(out, "%s: %s\r\n", names[DATE], date);
	if (!found[FROM])
		add_from(o, out);
	if (!found[MESSAGE_ID])
		add_message_id(names[MESSAGE_ID], o, out);
}

static bool
is_reply_to(const struct field *f)
{
	return field_is(f, "Reply-To") && !field_is_blank(f);
}

static bool
has_field(const struct buf *header, bool (*is_it)(const struct field *))
{
	const char *p = header->data, *end = p + header->len;
	struct field f;

	while ((p = header_next(p, end, &f)) != NULL)
		if (is_it(&f))
			return true;
	return false;
}

/*
 * The original stays visible, and replies go where they would have gone.
 * replies: there is a Reply-To by now.
 */
static void
add_original(const struct buf *value, bool *replies, struct buf *out)
{
	buf_printf(out, "%s:%s\r\n",
	    *replies ? "X-Original-From" : "Reply-To", value->data);
	*replies = true;
}

static void
add_field(const struct field *f, const struct origin *o, bool *replies,
    struct buf *out)
{
	struct buf value = { 0 }, author = { 0 };

	buf_adds(&value, "");
	if (qualify_is_address_field(f))
		qualify_value(f, o->domain, &value);
	else
		buf_add(&value, f->value, f->valuelen);
	buf_add(out, f->name, f->namelen);
	if (o->author != NULL &&
	    (field_is(f, "From") || field_is(f, "Sender")) &&
	    author_replace(value.data, value.len, o->author, &author)) {
		buf_printf(out, ": %s\r\n", author.data);
		if (field_is(f, "From"))
			add_original(&value, replies, out);
	} else {
		buf_printf(out, ":%s\r\n", value.data);
	}
	buf_free(&value);
	buf_free(&author);
}

void
complete_header(const struct buf *header, const struct origin *o,
    struct buf *out)
{
	const char *p = header->data, *end = p + header->len;
	bool found[OTHER + 1] = { false };
	bool folds = !has_field(header, entity_is_signature);
	bool replies = has_field(header, is_reply_to);
	struct buf field = { 0 };
	char date[DATE_SIZE];
	struct field f;

	find_fields(header, found);
	date_rfc5322(date, o->now);
	add_received(o, date, out);
	add_missing(o, found, date, &field);
	wrap_fold(out, field.data, field.len);
	while ((p = header_next(p, end, &f)) != NULL) {
		if (is_dropped(&f))
			continue;
		buf_clear(&field);
		add_field(&f, o, &replies, &field);
		if (folds)
			wrap_fold(out, field.data, field.len);
		else
			buf_add(out, field.data, field.len);
	}
	buf_free(&field);
}
