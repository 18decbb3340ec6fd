#include <config.h>

#include "mail/thread.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/fill.h"
#include "mail/header.h"
#include "mail/phrase.h"

struct id {
	const char *text;	/* with its brackets */
	int len;
};

struct ids {
	struct id id[THREAD_IDS];
	size_t count;
};

static bool
find_field(const char *p, size_t len, const char *name, struct field *f)
{
	const char *end = p + len;

	while ((p = header_next(p, end, f)) != NULL)
		if (field_is(f, name))
			return true;
	return false;
}

static bool
is_id_char(char c)
{
	return c > ' ' && c <= '~' && strchr("<>\"(),;\\", c) == NULL;
}

/* Takes the next sound msg-id of a value, and returns where it ends. */
static const char *
next_id(const char *p, const char *end, struct id *id)
{
	const char *q;

	while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		for (q = p + 1; q < end && is_id_char(*q); q++)
			;
		if (q < end && *q == '>' && q > p + 1 &&
		    q + 1 - p <= THREAD_ID_MAX) {
			*id = (struct id){ .text = p, .len = (int)(q + 1 - p) };
			return q + 1;
		}
		p++;
	}
	return NULL;
}

/* Adds one; when they are too many, the second is dropped. */
static void
add_id(struct ids *ids, const struct id *id)
{
	if (ids->count == THREAD_IDS) {
		memmove(&ids->id[1], &ids->id[2],
		    (THREAD_IDS - 2) * sizeof(*id));
		ids->count--;
	}
	ids->id[ids->count++] = *id;
}

static void
read_ids(const struct field *f, struct ids *ids)
{
	const char *p = f->value, *end = p + f->valuelen;
	struct id id;

	while ((p = next_id(p, end, &id)) != NULL)
		add_id(ids, &id);
}

/* A message without References may say in In-Reply-To what it is to. */
static void
read_earlier(const char *header, size_t len, struct ids *ids)
{
	struct field f;

	if (find_field(header, len, "References", &f))
		read_ids(&f, ids);
	else if (find_field(header, len, "In-Reply-To", &f)) {
		read_ids(&f, ids);
		if (ids->count != 1)
			ids->count = 0;
	}
}

void
thread_add_references(const char *header, size_t len, struct buf *out)
{
	struct ids ids = { .count = 0 };
	struct buf list = { 0 };
	struct field f;
	struct id own;

	if (!find_field(header, len, "Message-ID", &f) ||
	    next_id(f.value, f.value + f.valuelen, &own) == NULL)
		return;
	read_earlier(header, len, &ids);
	add_id(&ids, &own);
	for (size_t i = 0; i < ids.count; i++)
		buf_printf(&list, " %.*s", ids.id[i].len, ids.id[i].text);
	fill_field(out, true, "In-Reply-To: %.*s", own.len, own.text);
	fill_field(out, true, "References:%s", list.data);
	buf_free(&list);
}

/* Appends the words of a value, parted by one blank each. */
static void
add_words(const char *p, const char *end, struct buf *out)
{
	bool parted = false;

	for (; p < end; p++)
		if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
			parted = out->len > 0;
		else {
			if (parted)
				buf_addc(out, ' ');
			buf_addc(out, *p == '\0' ? '?' : *p);
			parted = false;
		}
}

/* Cuts it between words, or if it is one, between characters. */
static void
cut(struct buf *text, size_t max)
{
	const char *at;

	if (text->len <= max)
		return;
	at = text->data + max;
	while (at > text->data && *at != ' ')
		at--;
	if (at == text->data)
		for (at += max; ((unsigned char)*at & 0xc0) == 0x80 &&
		    at > text->data; at--)
			;
	text->len = (size_t)(at - text->data);
	text->data[text->len] = '\0';
}

void
thread_add_subject(const char *what, const char *header, size_t len,
    struct buf *out)
{
	struct buf subject = { 0 };
	struct field f;

	buf_adds(&subject, "");
	if (find_field(header, len, "Subject", &f))
		add_words(f.value, f.value + f.valuelen, &subject);
	cut(&subject, THREAD_SUBJECT_MAX);
	if (subject.len == 0)
		fill_field(out, true, "Subject: %s", what);
	else if (utf8_is_ascii(subject.data))
		fill_field(out, true, "Subject: %s: %s", what, subject.data);
	else {
		fill_field(out, true, "Subject: %s:", what);
		out->len -= strlen("\r\n");
		buf_adds(out, "\r\n ");
		phrase_add(out, subject.data);
		buf_adds(out, "\r\n");
	}
	buf_free(&subject);
}
