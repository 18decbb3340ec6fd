#include <config.h>

#include "mail/alias.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

static const char include[] = ":include:";

/* A carriage return is one: the file may have lines of either kind. */
static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static const char *
line_end(const char *p, const char *end)
{
	const char *newline = p < end ?
	    memchr(p, '\n', (size_t)(end - p)) : NULL;

	return newline != NULL ? newline : end;
}

/* Past the line end at p, if there is one. */
static void
next_line(struct alias_cursor *c, const char *p)
{
	c->p = p;
	if (p < c->end) {
		c->p++;
		c->line++;
	}
}

/* Whether a line is empty but for a comment. */
static bool
is_idle(const char *p, const char *end)
{
	p = skip_blanks(p, end);
	return p == end || *p == '\n' || *p == '#';
}

/*
 * Reads the name at p up to its colon and returns what follows that; NULL,
 * and what is wrong in *error.
 */
static const char *
read_name(const char *p, const char *end, struct buf *name,
    const char **error)
{
	bool quoted = *p == '"';

	for (p += quoted; p < end && *p != (quoted ? '"' : ':'); p++) {
		if (quoted && *p == '\\' && end - p > 1)
			p++;
		buf_addc(name, *p);
	}
	if (quoted)
		p = skip_blanks(p + (p < end), end);
	else
		while (name->len > 0 && is_blank(name->data[name->len - 1]))
			name->len--;
	name->data[name->len] = '\0';
	if (p == end || *p != ':')
		*error = "there is no colon after the name";
	else if (name->len == 0)
		*error = "there is no name before the colon";
	else if (memchr(name->data, '@', name->len) != NULL)
		*error = "aliases are for names without a domain";
	else if (!quoted && strpbrk(name->data, " \t\",") != NULL)
		*error = "a name with blanks or commas in it needs quotes";
	return *error == NULL ? p + 1 : NULL;
}

/* Where the entry ends whose first line ends at p: after its last line. */
static const char *
entry_end(const char *p, const char *end)
{
	const char *last = p;

	while (p < end) {
		p++;
		if (p == end || (!is_idle(p, end) && !is_blank(*p)))
			break;
		if (!is_idle(p, end))
			last = line_end(p, end);
		p = line_end(p, end);
	}
	return last;
}

bool
alias_next(struct alias_cursor *c, struct alias *a, struct buf *name)
{
	const char *value, *first, *end;

	buf_clear(name);
	buf_adds(name, "");
	while (c->p < c->end && is_idle(c->p, c->end))
		next_line(c, line_end(c->p, c->end));
	if (c->p == c->end)
		return false;
	*a = (struct alias){ .line = c->line };
	first = line_end(c->p, c->end);
	if (is_blank(*c->p)) {
		a->error = "a line that begins with a blank goes on with the "
		    "entry before it, but there is none";
		next_line(c, first);
		return true;
	}
	end = entry_end(first, c->end);
	value = read_name(c->p, first, name, &a->error);
	if (value != NULL)
		a->value = (struct alias_cursor){ .p = value, .end = end,
		    .line = c->line };
	for (; first < end; first = line_end(first + 1, end))
		c->line++;
	next_line(c, end);
	return true;
}

/* Past blanks, commas, line ends and comments. */
static void
skip_separators(struct alias_cursor *c)
{
	while (c->p < c->end) {
		if (*c->p == '#')
			c->p = line_end(c->p, c->end);
		else if (*c->p == '\n')
			next_line(c, c->p);
		else if (is_blank(*c->p) || *c->p == ',')
			c->p++;
		else
			break;
	}
}

/*
 * The length of the quoted string at p, which ends on its line; 0 if it is
 * not closed there, or is but the beginning of an address.
 */
static size_t
quoted_length(const char *p, const char *end)
{
	for (const char *q = p + 1; q < end && *q != '\n'; q++) {
		if (*q == '"')
			return q + 1 < end && (q[1] == '@' || q[1] == '.') ?
			    0 : (size_t)(q + 1 - p);
		if (*q == '\\' && end - q > 1 && q[1] != '\n')
			q++;
	}
	return 0;
}

/* A command, a path or an include in quotes.  false if it is neither. */
static bool
take_quoted(struct alias_cursor *c, struct buf *text)
{
	size_t len = *c->p == '"' ? quoted_length(c->p, c->end) : 0;
	const char *end = c->p + len - 1;

	if (len < 3 || strchr("|/:", c->p[1]) == NULL || c->p[1] == '\0')
		return false;
	for (const char *p = c->p + 1; p < end; p++) {
		if (*p == '\\')
			p++;
		buf_addc(text, *p);
	}
	c->p = end + 1;
	return true;
}

/* What takes commas and "#" into an item: quotes and comments. */
struct nesting {
	bool quoted;
	unsigned depth;
};

static void
nest(struct nesting *n, char c)
{
	if (c == '"' && n->depth == 0)
		n->quoted = !n->quoted;
	else if (c == '(' && !n->quoted)
		n->depth++;
	else if (c == ')' && !n->quoted && n->depth > 0)
		n->depth--;
}

/*
 * An item without quotes around it: up to a comma, and to the end of the line
 * where whole says so or where quotes or parentheses are left open, so that
 * one mistake does not take the rest of the value with it.
 */
static void
take_plain(struct alias_cursor *c, struct buf *text, bool whole)
{
	struct nesting n = { 0 };
	char before = '\0';

	for (; c->p < c->end; before = *c->p++) {
		bool nested = n.quoted || n.depth > 0;

		if (*c->p == '\n') {
			if (whole || nested)
				break;
			c->line++;
		} else if (*c->p == ',' && !nested)
			break;
		else if (*c->p == '#' && !nested && is_blank(before)) {
			c->p = line_end(c->p, c->end);
			break;
		}
		buf_addc(text, *c->p == '\n' || *c->p == '\r' ? ' ' : *c->p);
		if (*c->p == '\\' && nested && c->end - c->p > 1 &&
		    c->p[1] != '\n')
			buf_addc(text, *++c->p);
		else
			nest(&n, *c->p);
	}
	while (text->len > 0 && is_blank(text->data[text->len - 1]))
		text->len--;
	text->data[text->len] = '\0';
}

/* Finds what text is, and leaves what the header says of it. */
static enum alias_kind
classify(struct buf *text, bool quoted)
{
	size_t len = sizeof(include) - 1;

	if (strncasecmp(text->data, include, len) == 0) {
		len += strspn(text->data + len, " \t");
		buf_drop(text, len);
		return ALIAS_LIST;
	}
	if (text->data[0] == '|')
		return ALIAS_COMMAND;
	if (text->data[0] == '/' &&
	    (quoted || memchr(text->data, '@', text->len) == NULL))
		return ALIAS_FILE;
	if (text->data[0] == '\\') {
		buf_drop(text, 1);
		return ALIAS_FINAL;
	}
	return ALIAS_ADDRESS;
}

bool
alias_item_next(struct alias_cursor *c, struct alias_item *item,
    struct buf *text)
{
	bool quoted;

	buf_clear(text);
	buf_adds(text, "");
	skip_separators(c);
	if (c->p == c->end)
		return false;
	item->line = c->line;
	quoted = take_quoted(c, text);
	if (!quoted)
		take_plain(c, text, c->list || *c->p == '|' || *c->p == '/' ||
		    *c->p == ':');
	item->kind = classify(text, quoted);
	return true;
}
