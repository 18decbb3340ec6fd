#include <config.h>

#include "spool/keyword.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/number.h"
#include "base/xmalloc.h"
#include "spool/config.h"
#include "spool/hostname.h"

#define BLANKS " \t\r\f\v"

enum {
	YEAR = 365 * 24 * 60 * 60,
};

enum type {
	RELAY,			/* smtps://host:port into a struct relay */
	TEXT,			/* one word */
	PATH,			/* one word that begins with a slash */
	DOMAIN,
	DURATION,		/* seconds */
	SIZE,			/* bytes */
	COUNT,
	CHOICE,			/* one of names, by its value */
	CHOICES,		/* one or more of names, or-ed */
};

struct name {
	const char *name;
	uint64_t value;
};

static const struct name auth_names[] = {
	{ "auto", AUTH_AUTO },
	{ "LOGIN", AUTH_LOGIN },
	{ "PLAIN", AUTH_PLAIN },
	{ NULL, 0 },
};

static const struct name tls_names[] = {
	{ "required", TLS_REQUIRED },
	{ "opportunistic", TLS_OPPORTUNISTIC },
	{ "none", TLS_NONE },
	{ NULL, 0 },
};

static const struct name version_names[] = {
	{ "1.2", TLS_1_2 },
	{ "1.3", TLS_1_3 },
	{ NULL, 0 },
};

static const struct name log_names[] = {
	{ "auto", LOG_AUTO },
	{ "syslog", LOG_SYSLOG },
	{ "stderr", LOG_STDERR },
	{ NULL, 0 },
};

struct keyword {
	const char *keyword;
	enum type type;
	size_t offset;
	uint64_t min, max;
	const struct name *names;
	const char *value;	/* the default, in the words of a line */
};

static const struct keyword keywords[] = {
#define AT(member) offsetof(struct config, member)
	{ "relay", RELAY, AT(relay), 0, 0, NULL, NULL },
	{ "user", TEXT, AT(user), 0, 0, NULL, NULL },
	{ "password-file", PATH, AT(password_file), 0, 0, NULL,
	    SYSCONFDIR "/onehop/password" },
	{ "auth", CHOICES, AT(auth), 0, 0, auth_names, "auto" },
	{ "tls", CHOICE, AT(tls), 0, 0, tls_names, "required" },
	{ "tls-ca-file", PATH, AT(tls_ca_file), 0, 0, NULL, NULL },
	{ "tls-min-version", CHOICE, AT(tls_min_version), 0, 0,
	    version_names, "1.2" },
	{ "helo", TEXT, AT(helo), 0, 0, NULL, NULL },
	{ "source-address", TEXT, AT(source_address), 0, 0, NULL, NULL },
	{ "domain", DOMAIN, AT(domain), 0, 0, NULL, NULL },
	{ "spool", PATH, AT(spool), 0, 0, NULL, SPOOLDIR },
	{ "connections", COUNT, AT(connections), 1, 100, NULL, "4" },
	{ "idle-timeout", DURATION, AT(idle_timeout), 0, YEAR, NULL, "5s" },
	{ "retry-min", DURATION, AT(retry_min), 1, YEAR, NULL, "5m" },
	{ "retry-max", DURATION, AT(retry_max), 1, YEAR, NULL, "4h" },
	{ "relay-retry-min", DURATION, AT(relay_retry_min), 1, YEAR, NULL,
	    "15s" },
	{ "relay-retry-max", DURATION, AT(relay_retry_max), 1, YEAR, NULL,
	    "10m" },
	{ "lifetime", DURATION, AT(lifetime), 1, YEAR, NULL, "5d" },
	{ "timeout", DURATION, AT(timeout), 1, YEAR, NULL, NULL },
	{ "max-size", SIZE, AT(max_size), 1024, INT64_MAX, NULL, "50M" },
	{ "log", CHOICE, AT(log), 0, 0, log_names, "auto" },
#undef AT
};
_Static_assert(sizeof(keywords) / sizeof(keywords[0]) == KEYWORDS,
    "KEYWORDS counts the table");

/* A number and the letter of its unit, which multiplies it. */
struct unit {
	char letter;
	uint64_t factor;
};

static const struct unit durations[] = {
	{ 's', 1 }, { 'm', 60 }, { 'h', 60 * 60 }, { 'd', 24 * 60 * 60 },
	{ '\0', 0 },
};

static const struct unit sizes[] = {
	{ 'K', 1024 }, { 'M', 1024 * 1024 }, { 'G', 1024 * 1024 * 1024 },
	{ '\0', 0 },
};

static int
parse_units(const char *text, const struct unit *units, uint64_t max,
    uint64_t *value)
{
	size_t len = strlen(text);
	uint64_t factor = 1;

	for (; units->letter != '\0'; units++)
		if (len > 0 && text[len - 1] == units->letter) {
			factor = units->factor;
			len--;
			break;
		}
	if (number_parse(text, len, 10, max / factor, value) == -1)
		return -1;
	*value *= factor;
	return 0;
}

static const char *
parse_number(const struct keyword *k, const char *text, uint64_t *value)
{
	static const struct unit none = { '\0', 0 };
	const struct unit *units = k->type == DURATION ? durations :
	    k->type == SIZE ? sizes : &none;

	if (parse_units(text, units, k->max, value) == 0 && *value >= k->min)
		return NULL;
	switch (k->type) {
	case DURATION:
		return "is not a duration such as 90s, 5m, 4h or 5d "
		    "within reason";
	case SIZE:
		return "is not a size such as 25M, of at least 1K";
	default:
		return "is not a number from 1 to 100";
	}
}

/* The scheme says how TLS is started, and which port stands for none. */
static const char *
parse_relay(const char *text, struct relay *relay)
{
	static const char expected[] =
	    "is not of the form smtps://host or smtp://host:587";
	const char *host, *port;
	bool implicit = strncasecmp(text, "smtps://", 8) == 0;
	size_t len;
	uint64_t number;

	if (!implicit && strncasecmp(text, "smtp://", 7) != 0)
		return expected;
	host = text + (implicit ? 8 : 7);
	if (host[0] == '[') {
		len = strcspn(++host, "]");
		if (host[len] != ']' ||
		    strspn(host, "0123456789abcdefABCDEF:.") != len)
			return expected;
		port = host + len + 1;
	} else {
		len = strcspn(host, ":");
		if (!hostname_valid(host, len))
			return expected;
		port = host + len;
	}
	if (len == 0 || (port[0] != ':' && port[0] != '\0'))
		return expected;
	if (port[0] == '\0')
		port = implicit ? ":465" : ":587";
	if (number_parse(port + 1, strlen(port + 1), 10, 65535, &number) == -1)
		return expected;
	relay->host = xstrndup(host, len);
	relay->port = xstrdup(port + 1);
	relay->implicit_tls = implicit;
	return NULL;
}

static const char *
parse_choice(const struct keyword *k, char *text, uint64_t *value)
{
	const struct name *n;
	uint64_t all = 0;
	char *word;

	while ((word = strsep(&text, BLANKS)) != NULL) {
		if (*word == '\0')
			continue;
		for (n = k->names; n->name != NULL; n++)
			if (strcasecmp(word, n->name) == 0)
				break;
		if (n->name == NULL || (all != 0 && k->type == CHOICE))
			return "is not one of ";
		all = k->type == CHOICES ? all | n->value : n->value;
	}
	*value = all;
	return NULL;
}

static const char *
parse_text(const struct keyword *k, const char *text, char **value)
{
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return "has blanks or control characters in it";
	if (k->type == PATH && text[0] != '/')
		return "is not a path that begins with a slash";
	if (k->type == DOMAIN && !hostname_valid(text, strlen(text)))
		return "is not a domain name";
	*value = xstrdup(text);
	return NULL;
}

const char *
keyword_set(const struct keyword *k, struct config *cfg, const char *text)
{
	void *at = (char *)cfg + k->offset;
	const char *error;
	char *copy;

	switch (k->type) {
	case RELAY:
		return parse_relay(text, at);
	case TEXT:
	case PATH:
	case DOMAIN:
		return parse_text(k, text, at);
	case DURATION:
	case SIZE:
	case COUNT:
		return parse_number(k, text, at);
	case CHOICE:
	case CHOICES:
		break;
	}
	copy = xstrdup(text);
	error = parse_choice(k, copy, at);
	free(copy);
	return error;
}

const struct keyword *
keyword_find(const char *word, size_t len)
{
	for (const struct keyword *k = keywords; k < keywords + KEYWORDS; k++)
		if (strlen(k->keyword) == len &&
		    strncasecmp(word, k->keyword, len) == 0)
			return k;
	return NULL;
}


size_t
keyword_index(const struct keyword *k)
{
	return (size_t)(k - keywords);
}

const struct keyword *
keyword_at(size_t i)
{
	return &keywords[i];
}

const char *
keyword_name(const struct keyword *k)
{
	return k->keyword;
}

const char *
keyword_default(const struct keyword *k)
{
	return k->value;
}

void
keyword_choices(const struct keyword *k, struct buf *out)
{
	for (const struct name *n = k->names; n != NULL && n->name != NULL; n++)
		buf_printf(out, "%s%s", n == k->names ? "" : ", ", n->name);
}

/* In the largest unit that leaves no rest. */
static void
print_units(uint64_t value, const struct unit *units, struct buf *out)
{
	const struct unit *best = NULL;

	for (; units->letter != '\0'; units++)
		if (value % units->factor == 0 && value > 0)
			best = units;
	if (best == NULL)
		buf_printf(out, "%" PRIu64, value);
	else
		buf_printf(out, "%" PRIu64 "%c", value / best->factor,
		    best->letter);
}

static void
print_relay(const struct relay *relay, struct buf *out)
{
	bool bracket = strchr(relay->host, ':') != NULL;

	buf_printf(out, "%s://%s%s%s:%s", relay->implicit_tls ? "smtps" :
	    "smtp", bracket ? "[" : "", relay->host, bracket ? "]" : "",
	    relay->port);
}

static void
print_choices(const struct keyword *k, uint64_t value, struct buf *out)
{
	const char *blank = "";

	for (const struct name *n = k->names; n->name != NULL; n++) {
		if (k->type == CHOICE ? n->value != value :
		    (n->value & value) != n->value)
			continue;
		buf_printf(out, "%s%s", blank, n->name);
		value &= ~n->value;
		if (k->type == CHOICE || value == 0)
			return;
		blank = " ";
	}
}

int
keyword_print(const struct keyword *k, const struct config *cfg,
    struct buf *out)
{
	const void *at = (const char *)cfg + k->offset;
	const char *text;
	uint64_t value;

	switch (k->type) {
	case RELAY:
		if (cfg->relay.host == NULL)
			return -1;
		print_relay(at, out);
		return 0;
	case TEXT:
	case PATH:
	case DOMAIN:
		memcpy(&text, at, sizeof(text));
		if (text == NULL)
			return -1;
		buf_adds(out, text);
		return 0;
	default:
		break;
	}
	memcpy(&value, at, sizeof(value));
	if (value == 0 && k->value == NULL)
		return -1;
	if (k->type == CHOICE || k->type == CHOICES)
		print_choices(k, value, out);
	else if (k->type == COUNT)
		buf_printf(out, "%" PRIu64, value);
	else
		print_units(value, k->type == SIZE ? sizes : durations, out);
	return 0;
}

void
keyword_free(const struct keyword *k, struct config *cfg)
{
	char *text;

	if (k->type == RELAY) {
		free(cfg->relay.host);
		free(cfg->relay.port);
	} else if (k->type <= DOMAIN) {
		memcpy(&text, (char *)cfg + k->offset, sizeof(text));
		free(text);
	}
}
