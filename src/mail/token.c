#include <config.h>

#include "mail/token.h"

#include <stddef.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
token_is_control(char c)
{
	return (unsigned char)c < ' ' || c == '\177';
}

bool
token_is_atext(char c)
{
	switch (c) {
	case '(':
	case ')':
	case '<':
	case '>':
	case '[':
	case ']':
	case ':':
	case ';':
	case '@':
	case '\\':
	case ',':
	case '.':
	case '"':
	case ' ':
		return false;
	default:
		return !token_is_control(c);
	}
}

/* A line end that folds: only CR LF and only before a blank. */
static bool
is_fold(const char *p, const char *end)
{
	return end - p > 2 && p[0] == '\r' && p[1] == '\n' && is_blank(p[2]);
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end) {
		if (is_blank(*p))
			p++;
		else if (is_fold(p, end))
			p += 2;
		else
			break;
	}
	return p;
}

/*
 * Steps over a byte, a quoted pair or a fold inside quotes, brackets and
 * comments.  A control character is noted and passed over, so that what is
 * enclosed with it is never taken for something else.
 */
static const char *
step(const char *p, const char *end, struct token *t)
{
	if (is_fold(p, end))
		return p + 2;
	if (*p == '\\' && end - p > 1)
		p++;
	if (token_is_control(*p) && *p != '\t')
		t->error = "control character";
	return p + 1;
}

/* Skips the comment that begins at p. */
static const char *
skip_comment(const char *p, const char *end, struct token *t)
{
	size_t depth = 0;

	do {
		if (p == end) {
			t->error = "comment without closing parenthesis";
			return end;
		}
		if (*p == '(')
			depth++;
		else if (*p == ')')
			depth--;
		p = step(p, end, t);
	} while (depth > 0);
	return p;
}

static void
read_quoted(struct token *t, const char *end)
{
	const char *p = t->start + 1;

	t->kind = TOKEN_QUOTED;
	while (p < end && *p != '"')
		p = step(p, end, t);
	if (p == end)
		t->error = "quote that is not closed";
	t->end = p == end ? end : p + 1;
}

/* Display names have brackets too, so one without its other half is odd. */
static void
read_literal(struct token *t, const char *end)
{
	const char *p = t->start + 1;

	while (p < end && *p != ']' && *p != '[')
		p = step(p, end, t);
	if (p == end || *p == '[') {
		t->error = NULL;
		return;
	}
	t->kind = TOKEN_LITERAL;
	t->end = p + 1;
}

static void
read_atom(struct token *t, const char *end)
{
	const char *p = t->start;

	while (p < end && token_is_atext(*p))
		p++;
	t->kind = TOKEN_ATOM;
	t->end = p;
}

static enum token_kind
special(char c)
{
	switch (c) {
	case '.':
		return TOKEN_DOT;
	case '@':
		return TOKEN_AT;
	case '<':
		return TOKEN_LESS;
	case '>':
		return TOKEN_GREATER;
	case ',':
		return TOKEN_COMMA;
	case ';':
		return TOKEN_SEMICOLON;
	case ':':
		return TOKEN_COLON;
	default:
		return TOKEN_ODD;
	}
}

static void
read_one(struct token *t, const char *end)
{
	const char *p = t->start;

	t->kind = special(*p);
	t->end = p + 1;
	if (*p == '"')
		read_quoted(t, end);
	else if (*p == '[')
		read_literal(t, end);
	else if (token_is_atext(*p))
		read_atom(t, end);
	else if (token_is_control(*p))
		t->error = "control character";
}

void
token_read(const char *p, const char *end, struct token *t)
{
	p = skip_blanks(p, end);
	*t = (struct token){ .kind = TOKEN_END, .lead = p };
	while (p < end && *p == '(')
		p = skip_blanks(skip_comment(p, end, t), end);
	t->start = t->end = p;
	if (p < end && t->error == NULL)
		read_one(t, end);
	if (t->error != NULL)
		t->kind = TOKEN_BAD;
}
