#include <config.h>

#include "smtp/ehlo.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "smtp/sasl.h"

#define BLANKS " \t\r"

struct keyword {
	const char *name;
	size_t offset;		/* of its flag in struct capabilities */
};

static const struct keyword keywords[] = {
	{ "PIPELINING", offsetof(struct capabilities, pipelining) },
	{ "CHUNKING", offsetof(struct capabilities, chunking) },
	{ "8BITMIME", offsetof(struct capabilities, eightbitmime) },
	{ "STARTTLS", offsetof(struct capabilities, starttls) },
	{ "DSN", offsetof(struct capabilities, dsn) },
	{ "SMTPUTF8", offsetof(struct capabilities, smtputf8) },
	{ "REQUIRETLS", offsetof(struct capabilities, require_tls) },
	{ "SIZE", offsetof(struct capabilities, size) },
};
enum { NKEYWORDS = sizeof(keywords) / sizeof(keywords[0]) };

/* Whether a word of this length is the name. */
static bool
is_word(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && strncasecmp(word, name, len) == 0;
}

/* Finds the next word of the line at or after p; its length, 0 at the end. */
static size_t
next_word(const char **p)
{
	*p += strspn(*p, BLANKS);
	return strcspn(*p, BLANKS "\n");
}

static void
parse_size(const char *p, struct capabilities *c)
{
	size_t len = next_word(&p);
	uint64_t limit;

	/* One that is not a number, or beyond all numbers, limits nothing. */
	if (number_parse(p, len, 10, UINT64_MAX, &limit) == 0)
		c->size_limit = limit;
}

/* RFC 9422: "RCPTMAX=100 MAILMAX=20"; others say nothing to us. */
static void
parse_limits(const char *p, struct capabilities *c)
{
	static const char names[][9] = { "MAILMAX=", "RCPTMAX=" };
	uint64_t *values[] = { &c->mail_max, &c->rcpt_max };
	size_t len;

	for (; (len = next_word(&p)) > 0; p += len)
		for (int i = 0; i < 2; i++)
			if (len > 8 && strncasecmp(p, names[i], 8) == 0)
				number_parse(p + 8, len - 8, 10, UINT32_MAX,
				    values[i]);
}

static void
parse_auth(const char *p, struct capabilities *c)
{
	size_t len, used;

	for (; (len = next_word(&p)) > 0; p += len) {
		c->auth |= sasl_mechanism(p, len);
		used = strlen(c->mechanisms);
		if (used + len + 2 > sizeof(c->mechanisms))
			continue;
		if (used > 0)
			c->mechanisms[used++] = ' ';
		memcpy(c->mechanisms + used, p, len);
		c->mechanisms[used + len] = '\0';
	}
}

static void
parse_line(const char *p, struct capabilities *c)
{
	size_t len = next_word(&p);

	for (size_t i = 0; i < NKEYWORDS; i++)
		if (is_word(p, len, keywords[i].name))
			*(bool *)((char *)c + keywords[i].offset) = true;
	if (is_word(p, len, "SIZE"))
		parse_size(p + len, c);
	if (is_word(p, len, "LIMITS"))
		parse_limits(p + len, c);
	/* Servers older than RFC 2554 are heard too: AUTH=LOGIN PLAIN. */
	if (is_word(p, len, "AUTH"))
		parse_auth(p + len, c);
	else if (len > 5 && strncasecmp(p, "AUTH=", 5) == 0)
		parse_auth(p + 5, c);
}

void
ehlo_parse(const char *text, struct capabilities *c)
{
	*c = (struct capabilities){ 0 };
	while ((text = strchr(text, '\n')) != NULL)
		parse_line(++text, c);
}
