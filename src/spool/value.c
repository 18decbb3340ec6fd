#include <config.h>

#include "spool/value.h"

#include <sys/socket.h>
#include <netinet/in.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/number.h"
#include "base/xmalloc.h"
#include "mail/address.h"
#include "spool/fingerprint.h"
#include "spool/hostname.h"

#define BLANKS " \t\r\f\v"

/* Of a rate: no provider counts more, nor for longer, in seconds. */
enum {
	RATE_MAX = 1000 * 1000 * 1000,
	RATE_PERIOD = 365 * 24 * 60 * 60,
};

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
parse_units(const char *text, const struct unit *units, uint64_t min,
    uint64_t max, uint64_t *value)
{
	size_t len = strlen(text);
	uint64_t factor = 1, number;

	for (; units->letter != '\0'; units++)
		if (len > 0 && text[len - 1] == units->letter) {
			factor = units->factor;
			len--;
			break;
		}
	if (number_parse(text, len, 10, max / factor, &number) == -1 ||
	    number * factor < min)
		return -1;
	*value = number * factor;
	return 0;
}

static const struct unit none[] = {
	{ '\0', 0 },
};

const char *
value_duration(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	if (parse_units(text, durations, min, max, value) == 0)
		return NULL;
	return "is not a duration such as 90s, 5m, 4h or 5d within reason";
}

const char *
value_delay(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	if (strcasecmp(text, "never") == 0)
		*value = 0;
	else if (parse_units(text, durations, min, max, value) == -1)
		return "is neither \"never\" nor a duration such as 4h "
		    "within reason";
	return NULL;
}

const char *
value_size(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	if (parse_units(text, sizes, min, max, value) == 0)
		return NULL;
	return "is not a size such as 25M, of at least 1K";
}

const char *
value_count(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	if (parse_units(text, none, min, max, value) == 0)
		return NULL;
	return "is not a number from 1 to 100";
}

const char *
value_rate(const char *text, uint64_t *count, uint64_t *seconds)
{
	size_t len = strcspn(text, "/");

	if (text[len] == '/' &&
	    number_parse(text, len, 10, RATE_MAX, count) == 0 && *count > 0 &&
	    parse_units(text + len + 1, durations, 1, RATE_PERIOD,
	    seconds) == 0)
		return NULL;
	return "is not one or more rates such as 30/1m or 10000/1d";
}

static const struct choice *
find_choice(const struct choice *choices, const char *word)
{
	for (; choices->name != NULL; choices++)
		if (strcasecmp(word, choices->name) == 0)
			return choices;
	return NULL;
}

const char *
value_choice(const char *text, const struct choice *choices, bool several,
    uint64_t *value)
{
	char *copy = xstrdup(text), *rest = copy, *word;
	const struct choice *choice;
	const char *error = NULL;
	uint64_t all = 0;
	size_t n = 0;

	while (error == NULL && (word = strsep(&rest, BLANKS)) != NULL) {
		if (*word == '\0')
			continue;
		choice = find_choice(choices, word);
		if (choice == NULL || (n++ > 0 && !several))
			error = "is not one of ";
		else
			all |= choice->value;
	}
	free(copy);
	if (error == NULL)
		*value = all;
	return error;
}

const char *
value_word(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return "has blanks or control characters in it";
	return NULL;
}

const char *
value_path(const char *text)
{
	if (text[0] != '/')
		return "is not a path that begins with a slash";
	return value_word(text);
}

const char *
value_domain(const char *text)
{
	return hostname_valid(text, strlen(text)) ? NULL :
	    "is not a domain name";
}

const char *
value_address(const char *text)
{
	return address_check(text, strlen(text)) == NULL ? NULL :
	    "is not an address with its domain, such as root@example.com";
}

const char *
value_fingerprints(const char *text)
{
	struct fingerprint f;
	bool malformed;

	while ((text = fingerprint_next(text, &f, &malformed)) != NULL)
		continue;
	return malformed ? "is not one or more of SHA256:HEX, of the "
	    "certificate, and SPKI-SHA256:HEX, of its key; HEX is 64 digits" :
	    NULL;
}

const char *
value_numeric(const char *text)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	char address[INET6_ADDRSTRLEN] = "";
	size_t len = strcspn(text, "%");	/* before a scope */

	if (len < sizeof(address))
		memcpy(address, text, len);
	if (inet_pton(AF_INET, text, bytes) == 1 ||
	    inet_pton(AF_INET6, address, bytes) == 1)
		return NULL;
	return "is not an IPv4 or IPv6 address";
}

/*
 * Finds the host in "host:port", "host", "[address]:port" or "[address]",
 * and sets *port to what follows it.  NULL when it is none of these.
 */
static const char *
find_host(const char *text, size_t *len, const char **port)
{
	char address[INET6_ADDRSTRLEN] = "";
	unsigned char bytes[sizeof(struct in6_addr)];

	if (text[0] == '[') {
		*len = strcspn(++text, "]");
		if (*len < sizeof(address))
			memcpy(address, text, *len);
		if (text[*len] != ']' ||
		    (inet_pton(AF_INET6, address, bytes) != 1 &&
		    inet_pton(AF_INET, address, bytes) != 1))
			return NULL;
		*port = text + *len + 1;
	} else {
		*len = strcspn(text, ":");
		if (!hostname_valid(text, *len))
			return NULL;
		*port = text + *len;
	}
	return **port == ':' || **port == '\0' ? text : NULL;
}

const char *
value_relay(const char *text, char **host, char **port, bool *implicit_tls)
{
	static const char error[] =
	    "is not of the form smtps://host or smtp://host:587";
	bool implicit = strncasecmp(text, "smtps://", 8) == 0;
	const char *start, *colon;
	uint64_t number;
	size_t len;

	if (!implicit && strncasecmp(text, "smtp://", 7) != 0)
		return error;
	start = find_host(text + (implicit ? 8 : 7), &len, &colon);
	if (start == NULL)
		return error;
	if (*colon == '\0')
		colon = implicit ? ":465" : ":587";
	if (number_parse(colon + 1, strlen(colon + 1), 10, 65535, &number) ==
	    -1 || number == 0)
		return error;
	*host = xstrndup(start, len);
	*port = xstrdup(colon + 1);
	*implicit_tls = implicit;
	return NULL;
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

void
value_print_duration(uint64_t seconds, struct buf *out)
{
	print_units(seconds, durations, out);
}

void
value_print_delay(uint64_t seconds, struct buf *out)
{
	if (seconds == 0)
		buf_adds(out, "never");
	else
		value_print_duration(seconds, out);
}

void
value_print_rate(uint64_t count, uint64_t seconds, struct buf *out)
{
	buf_printf(out, "%" PRIu64 "/", count);
	print_units(seconds, durations, out);
}

void
value_print_size(uint64_t bytes, struct buf *out)
{
	print_units(bytes, sizes, out);
}

void
value_print_choice(uint64_t value, const struct choice *choices, bool several,
    struct buf *out)
{
	const char *blank = "";

	for (; choices->name != NULL; choices++) {
		if (several ? choices->value == 0 ||
		    (value & choices->value) != choices->value :
		    value != choices->value)
			continue;
		buf_printf(out, "%s%s", blank, choices->name);
		value &= ~choices->value;
		if (!several || value == 0)
			return;
		blank = " ";
	}
}

void
value_print_relay(const char *host, const char *port, bool implicit_tls,
    struct buf *out)
{
	bool bracket = strchr(host, ':') != NULL;

	buf_printf(out, "%s://%s%s%s:%s", implicit_tls ? "smtps" : "smtp",
	    bracket ? "[" : "", host, bracket ? "]" : "", port);
}
