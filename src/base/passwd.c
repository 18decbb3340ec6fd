#include <config.h>

#include "base/passwd.h"

#include <stdint.h>
#include <string.h>

#include "base/number.h"

/* What is left of a line, and the field that was cut off its front. */
struct line {
	const char *p, *end;
	const char *field;
	size_t len;
};

/* Whether there is another field, which may be empty. */
static bool
next_field(struct line *l)
{
	const char *colon;

	if (l->p == NULL)
		return false;
	l->field = l->p;
	colon = memchr(l->p, ':', (size_t)(l->end - l->p));
	l->len = (size_t)((colon != NULL ? colon : l->end) - l->p);
	l->p = colon != NULL ? colon + 1 : NULL;
	return true;
}

static bool
next_number(struct line *l, uint64_t *value)
{
	return next_field(l) &&
	    number_parse(l->field, l->len, 10, UINT32_MAX, value) == 0;
}

/*
 * "name:password:uid:gid:gecos:directory:shell".  A name that begins with NUL
 * is none either, for strchr.
 */
static bool
matches(struct line *l, uid_t uid, struct passwd_entry *entry)
{
	uint64_t number, group;
	const char *name;
	size_t namelen;

	next_field(l);
	if (l->len == 0 || strchr(" \t\v\f\r+-#", *l->field) != NULL)
		return false;
	name = l->field;
	namelen = l->len;
	if (!next_field(l) || !next_number(l, &number) || number != uid ||
	    !next_number(l, &group))
		return false;
	*entry = (struct passwd_entry){ .name = name, .namelen = namelen };
	entry->gecoslen = next_field(l) ? l->len : 0;
	entry->gecos = l->field;
	return true;
}

bool
passwd_find(const char *text, size_t len, uid_t uid,
    struct passwd_entry *entry)
{
	const char *end = text + len, *lf;

	for (; text < end; text = lf + 1) {
		struct line l = { .p = text };

		lf = memchr(text, '\n', (size_t)(end - text));
		if (lf == NULL)
			lf = end;
		l.end = lf;
		if (matches(&l, uid, entry))
			return true;
	}
	return false;
}
