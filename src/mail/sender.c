#include <config.h>

#include "mail/sender.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"
#include "mail/address.h"
#include "mail/mailbox.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A word ends at a blank that is not in quotes. */
static const char *
take_word(const char *p, const char *end, const char **word, size_t *len)
{
	bool quoted = false;

	while (p < end && is_blank(*p))
		p++;
	*word = p;
	*len = 0;
	if (p < end && *p == '#')
		return end;
	for (; p < end && (quoted || !is_blank(*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && quoted && end - p > 1)
			p++;
	}
	*len = (size_t)(p - *word);
	return p;
}

static const char *
check(const struct sender_rule *r, size_t morelen)
{
	if (mailbox_check_bytes(r->pattern, r->patternlen) != NULL)
		return "bytes in the pattern that no address has";
	if (r->pattern[0] == '<')
		return "angle brackets around the pattern";
	if (r->addresslen == 0)
		return "no address after the pattern";
	if (morelen > 0)
		return "more than a pattern and an address";
	return address_check(r->address, r->addresslen);
}

static void
read_line(const char *p, const char *end, struct sender_rule *r)
{
	const char *more;
	size_t morelen;

	p = take_word(p, end, &r->pattern, &r->patternlen);
	p = take_word(p, end, &r->address, &r->addresslen);
	take_word(p, end, &more, &morelen);
	r->error = r->patternlen > 0 ? check(r, morelen) : NULL;
}

const char *
sender_rule_next(const char *p, const char *end, struct sender_rule *r)
{
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *last = newline != NULL ? newline : end;

		r->line++;
		read_line(p, last, r);
		p = newline != NULL ? newline + 1 : end;
		if (r->patternlen > 0)
			return p;
	}
	return NULL;
}

static bool
same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Whether [text, last) is what the pattern [p, end) describes.  Only the last
 * "*" is ever gone back to, which is enough, and bounds what this costs.
 */
static bool
matches(const char *p, const char *end, const char *text, const char *last)
{
	const char *star = NULL, *from = NULL;

	while (text < last) {
		size_t n = utf8_length(text, (size_t)(last - text));

		if (p < end && *p == '*') {
			star = ++p;
			from = text;
		} else if (p < end && *p == '?') {
			p++;
			text += n > 0 ? n : 1;
		} else if (p < end && same_letter(*p, *text)) {
			p++;
			text++;
		} else if (star != NULL) {
			p = star;
			text = ++from;
		} else
			return false;
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

bool
sender_rule_matches(const struct sender_rule *r, const char *sender,
    bool local)
{
	const char *p = r->pattern, *end = p + r->patternlen;
	const char *last = sender + strlen(sender);
	const char *at = sender + mailbox_local_length(sender, strlen(sender));

	if (*p == '@')
		return matches(p, end, at, last);
	if (mailbox_local_length(p, r->patternlen) < r->patternlen ||
	    (r->patternlen == 1 && *p == '*'))
		return matches(p, end, sender, last);
	return local && matches(p, end, sender, at);
}
