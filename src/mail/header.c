#include <config.h>

#include "mail/header.h"

#include <string.h>
#include <strings.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 5322, section 3.6.8. */
static bool
is_ftext(char c)
{
	return c > ' ' && c < '\177' && c != ':';
}

static size_t
name_length(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && is_ftext(line[n]))
		n++;
	return n;
}

enum header_line
header_line(const char *line, size_t len)
{
	size_t name, colon;

	if (len == 0)
		return HEADER_END;
	if (is_blank(line[0]))
		return HEADER_FOLDED;
	name = name_length(line, len);
	for (colon = name; colon < len && is_blank(line[colon]); colon++)
		;
	if (name == 0 || name > FIELD_NAME_MAX || colon == len ||
	    line[colon] != ':')
		return HEADER_BODY;
	return HEADER_FIELD;
}

/* The first line end that no folded line follows, or the end. */
static const char *
field_end(const char *p, const char *end)
{
	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		if (p == end || !is_blank(*p))
			return p;
	}
	return end;
}

static const char *
without_line_end(const char *start, const char *end)
{
	if (end > start && end[-1] == '\n')
		end--;
	if (end > start && end[-1] == '\r')
		end--;
	return end;
}

const char *
header_next(const char *p, const char *end, struct field *f)
{
	const char *next, *value, *value_end;

	if (p >= end)
		return NULL;
	next = field_end(p, end);
	value_end = without_line_end(p, next);
	value = memchr(p, ':', (size_t)(value_end - p));
	value = value == NULL ? value_end : value + 1;
	f->start = p;
	f->len = (size_t)(next - p);
	f->name = p;
	f->namelen = name_length(p, (size_t)(value_end - p));
	f->value = value;
	f->valuelen = (size_t)(value_end - value);
	return next;
}

bool
field_is(const struct field *f, const char *name)
{
	return strlen(name) == f->namelen &&
	    strncasecmp(f->name, name, f->namelen) == 0;
}

bool
field_is_blank(const struct field *f)
{
	for (size_t i = 0; i < f->valuelen; i++)
		if (!is_blank(f->value[i]) && f->value[i] != '\r' &&
		    f->value[i] != '\n')
			return false;
	return true;
}
