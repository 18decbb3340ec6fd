#include <config.h>

#include "mail/address.h"

#include <string.h>

#include "base/buf.h"
#include "mail/mailbox.h"
#include "mail/token.h"

enum {
	/*
	 * How far a "<" is looked for, which makes a display name of the
	 * words before it.  It bounds what a long list separated by blanks
	 * costs, and no display name is longer.
	 */
	LOOK_AHEAD = 64,
};

/* What an element of a list turns out to be. */
enum shape {
	SHAPE_BARE,
	SHAPE_BRACKETED,
	SHAPE_GROUP,		/* it is the name of one */
	SHAPE_MALFORMED,
};

struct parser {
	struct token token;	/* the next one, not yet used */
	const char *last;	/* where the one before it ended */
	const char *end;
	struct buf *spec;
	const char *error;
};

static void
advance(struct parser *ps)
{
	ps->last = ps->token.end;
	token_read(ps->token.end, ps->end, &ps->token);
}

static bool
at(const struct parser *ps, enum token_kind kind)
{
	return ps->token.kind == kind;
}

static bool
fail(struct parser *ps, const char *error)
{
	ps->error = error;
	return false;
}

/* The token does not belong where it stands. */
static bool
misplaced(struct parser *ps)
{
	switch (ps->token.kind) {
	case TOKEN_BAD:
		return fail(ps, ps->token.error);
	case TOKEN_AT:
		return fail(ps, "more than one @");
	case TOKEN_GREATER:
		return fail(ps, "\">\" without \"<\"");
	case TOKEN_COLON:
		return fail(ps, "misplaced colon");
	case TOKEN_DOT:
		return fail(ps, "misplaced dot");
	case TOKEN_ATOM:
	case TOKEN_QUOTED:
		return fail(ps, "words without a dot or @ between them");
	case TOKEN_COMMA:
	case TOKEN_SEMICOLON:
	case TOKEN_END:
		return fail(ps, "\"<\" without \">\"");
	default:
		return fail(ps, "misplaced bracket, parenthesis or backslash");
	}
}

/* Appends what stands between quotes or brackets, unfolded and unescaped. */
static void
add_unquoted(struct buf *spec, const struct token *t)
{
	const char *end = t->end - 1;

	for (const char *p = t->start + 1; p < end; p++) {
		if (*p == '\r' || *p == '\n')
			continue;
		if (*p == '\\')
			p++;
		buf_addc(spec, *p);
	}
}

/* A domain literal, in which blanks have no meaning. */
static void
add_literal(struct buf *spec, const struct token *t)
{
	for (const char *p = t->start; p < t->end; p++)
		if (strchr(" \t\r\n\\", *p) == NULL)
			buf_addc(spec, *p);
}

/* Quotes what spec holds, by a copy behind it. */
static void
quote(struct buf *spec)
{
	size_t len = spec->len;

	buf_addc(spec, '"');
	for (size_t i = 0; i < len; i++) {
		if (spec->data[i] == '"' || spec->data[i] == '\\')
			buf_addc(spec, '\\');
		buf_addc(spec, spec->data[i]);
	}
	buf_addc(spec, '"');
	buf_drop(spec, len);
}

/*
 * The local part: words and dots, which may lead, trail and follow one
 * another; two words without a dot between them are two addresses.
 */
static bool
parse_local(struct parser *ps, struct address *a)
{
	bool word = false;
	bool words = false;

	if (at(ps, TOKEN_AT))
		return fail(ps, "nothing before the @");
	for (;; advance(ps)) {
		if (at(ps, TOKEN_DOT))
			buf_addc(ps->spec, '.');
		else if (at(ps, TOKEN_ATOM) && !word)
			buf_add(ps->spec, ps->token.start,
			    (size_t)(ps->token.end - ps->token.start));
		else if (at(ps, TOKEN_QUOTED) && !word)
			add_unquoted(ps->spec, &ps->token);
		else
			break;
		word = !at(ps, TOKEN_DOT);
		words |= word;
	}
	if (!words)
		return ps->spec->len > 0 ? fail(ps, "nothing but dots") :
		    misplaced(ps);
	a->local_end = ps->last;
	if (!mailbox_is_dot_string(ps->spec->data, ps->spec->len))
		quote(ps->spec);
	return true;
}

/* A last dot, which names the root of the DNS, is left out. */
static bool
parse_domain(struct parser *ps)
{
	if (at(ps, TOKEN_LITERAL)) {
		add_literal(ps->spec, &ps->token);
		advance(ps);
		return true;
	}
	if (!at(ps, TOKEN_ATOM))
		return at(ps, TOKEN_BAD) ? misplaced(ps) :
		    fail(ps, "no domain after the @");
	while (at(ps, TOKEN_ATOM)) {
		buf_add(ps->spec, ps->token.start,
		    (size_t)(ps->token.end - ps->token.start));
		advance(ps);
		if (!at(ps, TOKEN_DOT))
			return true;
		advance(ps);
		if (at(ps, TOKEN_ATOM))
			buf_addc(ps->spec, '.');
	}
	return at(ps, TOKEN_DOT) ? misplaced(ps) : true;
}

/* RFC 5322, section 4.4: obs-route, which is read and forgotten. */
static bool
parse_route(struct parser *ps)
{
	while (!at(ps, TOKEN_COLON)) {
		if (at(ps, TOKEN_COMMA)) {
			advance(ps);
			continue;
		}
		if (!at(ps, TOKEN_AT))
			return fail(ps, "nothing before the @");
		advance(ps);
		if (!parse_domain(ps))
			return false;
	}
	advance(ps);
	buf_clear(ps->spec);
	return true;
}

static const char *
check_spec(const char *spec, size_t len, bool qualified)
{
	size_t local = mailbox_local_length(spec, len);
	const char *error;

	if (len > ADDRESS_MAX)
		return "address that is too long";
	error = mailbox_check_bytes(spec, len);
	if (error == NULL)
		error = mailbox_check_local(spec, local);
	if (error != NULL || !qualified)
		return error;
	if (local == len)
		return "no domain";
	return mailbox_check_domain(spec + local + 1, len - local - 1);
}

const char *
address_check(const char *spec, size_t len)
{
	return len == 0 ? "no address" : check_spec(spec, len, true);
}

static bool
parse_spec(struct parser *ps, struct address *a)
{
	const char *error;

	if (!parse_local(ps, a))
		return false;
	a->qualified = at(ps, TOKEN_AT);
	if (a->qualified) {
		advance(ps);
		buf_addc(ps->spec, '@');
		if (!parse_domain(ps))
			return false;
	}
	error = check_spec(ps->spec->data, ps->spec->len, a->qualified);
	return error == NULL || fail(ps, error);
}

static bool
parse_bracketed(struct parser *ps, struct address *a)
{
	bool route;

	a->bracketed = true;
	advance(ps);
	a->local_end = ps->last;
	route = at(ps, TOKEN_AT) || at(ps, TOKEN_COMMA);
	if (route && !parse_route(ps))
		return false;
	if ((route || !at(ps, TOKEN_GREATER)) && !parse_spec(ps, a))
		return false;
	if (route && !a->qualified)
		return fail(ps, "route to an address without a domain");
	if (!at(ps, TOKEN_GREATER))
		return misplaced(ps);
	advance(ps);
	return true;
}

/*
 * Finds what the next element is by what comes first of "<", ":" and a
 * separator, and leaves that in *decider.
 */
static enum shape
look_ahead(const struct parser *ps, struct token *decider)
{
	bool phrase = false;

	*decider = ps->token;
	for (int n = 0; n < LOOK_AHEAD; n++) {
		switch (decider->kind) {
		case TOKEN_LESS:
			return SHAPE_BRACKETED;
		case TOKEN_COLON:
			return phrase ? SHAPE_GROUP : SHAPE_MALFORMED;
		case TOKEN_GREATER:
		case TOKEN_BAD:
			return SHAPE_MALFORMED;
		case TOKEN_COMMA:
		case TOKEN_SEMICOLON:
		case TOKEN_END:
			return SHAPE_BARE;
		default:
			break;
		}
		phrase = decider->kind != TOKEN_AT && (phrase || n == 0);
		token_read(decider->end, ps->end, decider);
	}
	return SHAPE_BARE;
}

/* Where the text in [start, end) ends but for blanks. */
static const char *
trim(const char *start, const char *end)
{
	while (end > start && (end[-1] == ' ' || end[-1] == '\t' ||
	    end[-1] == '\r' || end[-1] == '\n'))
		end--;
	return end;
}

/* Whether another element can begin here, or nothing is left of this one. */
static bool
element_ends(struct parser *ps)
{
	switch (ps->token.kind) {
	case TOKEN_END:
	case TOKEN_COMMA:
	case TOKEN_SEMICOLON:
		return true;
	case TOKEN_ATOM:
	case TOKEN_QUOTED:
	case TOKEN_LESS:
		return ps->token.start > ps->last || misplaced(ps);
	default:
		return misplaced(ps);
	}
}

static bool
parse_element(struct parser *ps, enum shape shape, const struct token *decider,
    struct address *a)
{
	switch (shape) {
	case SHAPE_BRACKETED:
		a->name = ps->token.start;
		a->namelen = (size_t)(trim(a->name, decider->start) - a->name);
		ps->token = *decider;
		return parse_bracketed(ps, a) && element_ends(ps);
	case SHAPE_BARE:
		return parse_spec(ps, a) && element_ends(ps);
	default:
		ps->token = *decider;
		return misplaced(ps);
	}
}

/* The rest of a malformed element, up to a separator, is passed over. */
static void
skip_element(struct parser *ps)
{
	while (!at(ps, TOKEN_COMMA) && !at(ps, TOKEN_SEMICOLON) &&
	    !at(ps, TOKEN_END))
		advance(ps);
}

const char *
address_next(const char *p, const char *end, struct address *a,
    struct buf *spec)
{
	struct parser ps = { .last = p, .end = end, .spec = spec };
	struct token decider;
	enum shape shape;

	*a = (struct address){ 0 };
	buf_clear(spec);
	buf_adds(spec, "");
	token_read(p, end, &ps.token);
	do {
		while (at(&ps, TOKEN_COMMA) || at(&ps, TOKEN_SEMICOLON))
			advance(&ps);
		if (at(&ps, TOKEN_END))
			return NULL;
		shape = look_ahead(&ps, &decider);
		if (shape == SHAPE_GROUP) {
			ps.token = decider;
			advance(&ps);
		}
	} while (shape == SHAPE_GROUP);
	a->start = ps.token.lead;
	if (!parse_element(&ps, shape, &decider, a)) {
		skip_element(&ps);
		buf_clear(spec);
		a->error = ps.error;
	}
	/* Comments that follow belong to it. */
	a->end = trim(ps.last, ps.token.start);
	return ps.token.start;
}
