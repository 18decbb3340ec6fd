#include <config.h>

#include "spool/config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "spool/value.h"

enum { YEAR = 365 * 24 * 60 * 60 };

/* What a keyword takes (value.h), and so what its member is. */
enum type {
	RELAY,			/* struct relay */
	WORD,			/* char * */
	PATH,
	DOMAIN,
	ADDRESS,
	TEXT,
	FINGERPRINTS,
	NUMERIC,
	DURATION,		/* uint64_t */
	DELAY,
	SIZE,
	COUNT,
	RATES,			/* struct limit, CONFIG_RATES of them */
	CHOICE,
	CHOICES,
};

struct keyword {
	const char *name;
	enum type type;
	size_t offset;		/* of the member of struct config */
	uint64_t min, max;
	const struct choice *choices;
	const char *value;	/* the default, in the words of a line */
};

static const struct choice mechanisms[] = {
	{ "auto", AUTH_AUTO },
	{ "EXTERNAL", AUTH_EXTERNAL },
	{ "SCRAM-SHA-256-PLUS", AUTH_SCRAM_SHA_256_PLUS },
	{ "SCRAM-SHA-1-PLUS", AUTH_SCRAM_SHA_1_PLUS },
	{ "SCRAM-SHA-256", AUTH_SCRAM_SHA_256 },
	{ "SCRAM-SHA-1", AUTH_SCRAM_SHA_1 },
	{ "CRAM-MD5", AUTH_CRAM_MD5 },
	{ "OAUTHBEARER", AUTH_OAUTHBEARER },
	{ "XOAUTH2", AUTH_XOAUTH2 },
	{ "PLAIN", AUTH_PLAIN },
	{ "LOGIN", AUTH_LOGIN },
	{ NULL, 0 },
};

static const struct choice policies[] = {
	{ "required", TLS_REQUIRED },
	{ "opportunistic", TLS_OPPORTUNISTIC },
	{ "none", TLS_NONE },
	{ NULL, 0 },
};

static const struct choice versions[] = {
	{ "1.2", TLS_1_2 },
	{ "1.3", TLS_1_3 },
	{ NULL, 0 },
};

static const struct choice switches[] = {
	{ "off", false },
	{ "on", true },
	{ NULL, 0 },
};

static const struct choice targets[] = {
	{ "auto", LOG_TO_AUTO },
	{ "syslog", LOG_TO_SYSLOG },
	{ "stderr", LOG_TO_STDERR },
	{ "json", LOG_TO_JSON },
	{ NULL, 0 },
};

static const struct keyword keywords[] = {
#define AT(member) offsetof(struct config, member)
	{ "relay", RELAY, AT(relay), 0, 0, NULL, NULL },
	{ "user", WORD, AT(user), 0, 0, NULL, NULL },
	{ "password-file", PATH, AT(password_file), 0, 0, NULL,
	    CONFIG_PASSWORD_FILE },
	{ "password-command", TEXT, AT(password_command), 0, 0, NULL, NULL },
	{ "auth", CHOICES, AT(auth), 0, 0, mechanisms, "auto" },
	{ "tls", CHOICE, AT(tls), 0, 0, policies, "required" },
	{ "tls-ca-file", PATH, AT(tls_ca_file), 0, 0, NULL, NULL },
	{ "tls-fingerprint", FINGERPRINTS, AT(tls_fingerprint), 0, 0, NULL,
	    NULL },
	{ "tls-cert-file", PATH, AT(tls_cert_file), 0, 0, NULL, NULL },
	{ "tls-key-file", PATH, AT(tls_key_file), 0, 0, NULL, NULL },
	{ "tls-min-version", CHOICE, AT(tls_min_version), 0, 0,
	    versions, "1.2" },
	{ "helo", WORD, AT(helo), 0, 0, NULL, NULL },
	{ "source-address", NUMERIC, AT(source_address), 0, 0, NULL, NULL },
	{ "domain", DOMAIN, AT(domain), 0, 0, NULL, NULL },
	{ "aliases", PATH, AT(aliases), 0, 0, NULL, "/etc/aliases" },
	{ "admin", ADDRESS, AT(admin), 0, 0, NULL, NULL },
	{ "envelope-from", ADDRESS, AT(envelope_from), 0, 0, NULL, NULL },
	{ "rewrite-from", CHOICE, AT(rewrite_from), 0, 0, switches, "off" },
	{ "senders", PATH, AT(senders), 0, 0, NULL, NULL },
	{ "mime-label", CHOICE, AT(mime_label), 0, 0, switches, "on" },
	{ "submit-users", TEXT, AT(submit_users), 0, 0, NULL, NULL },
	{ "deny-users", TEXT, AT(deny_users), 0, 0, NULL, NULL },
	{ "spool", PATH, AT(spool), 0, 0, NULL, SPOOLDIR },
	{ "connections", COUNT, AT(connections), 1, 100, NULL, "4" },
	{ "window", COUNT, AT(window), 1, 1000, NULL, "100" },
	{ "idle-timeout", DURATION, AT(idle_timeout), 1, YEAR, NULL, "5s" },
	{ "retry-min", DURATION, AT(retry_min), 1, YEAR, NULL, "5m" },
	{ "retry-max", DURATION, AT(retry_max), 1, YEAR, NULL, "4h" },
	{ "relay-retry-min", DURATION, AT(relay_retry_min), 1, YEAR, NULL,
	    "15s" },
	{ "relay-retry-max", DURATION, AT(relay_retry_max), 1, YEAR, NULL,
	    "10m" },
	{ "rate", RATES, AT(rate), 0, 0, NULL, NULL },
	{ "lifetime", DURATION, AT(lifetime), 1, YEAR, NULL, "5d" },
	{ "delay-warning", DELAY, AT(delay_warning), 1, YEAR, NULL, "4h" },
	{ "timeout", DURATION, AT(timeout), 1, YEAR, NULL, NULL },
	{ "max-size", SIZE, AT(max_size), 1024, INT64_MAX, NULL, "50M" },
	{ "log", CHOICE, AT(log), 0, 0, targets, "auto" },
	{ "metrics-file", PATH, AT(metrics_file), 0, 0, NULL, NULL },
#undef AT
};
_Static_assert(sizeof(keywords) / sizeof(keywords[0]) == CONFIG_KEYWORDS,
    "CONFIG_KEYWORDS is how many there are");

const char *
config_keyword_name(size_t i)
{
	return keywords[i].name;
}

static const char *
set_word(const char *text, const char *error, char **word)
{
	if (error != NULL)
		return error;
	free(*word);
	*word = xstrdup(text);
	return NULL;
}

static const char *
set_rates(const char *text, struct limit *rates)
{
	struct limit all[CONFIG_RATES] = { 0 };
	char *copy = xstrdup(text), *rest = copy, *word;
	const char *error = NULL;
	size_t n = 0;

	while (error == NULL && (word = strsep(&rest, " \t")) != NULL) {
		if (*word == '\0')
			continue;
		error = n == CONFIG_RATES ? "are too many rates" :
		    value_rate(word, &all[n].count, &all[n].seconds);
		n++;
	}
	free(copy);
	if (error == NULL)
		memcpy(rates, all, sizeof(all));
	return error;
}

static const char *
set(struct config *cfg, const struct keyword *k, const char *text)
{
	void *at = (char *)cfg + k->offset;
	struct relay *relay = at;

	switch (k->type) {
	case RELAY:
		return value_relay(text, &relay->host, &relay->port,
		    &relay->implicit_tls);
	case WORD:
		return set_word(text, value_word(text), at);
	case PATH:
		return set_word(text, value_path(text), at);
	case DOMAIN:
		return set_word(text, value_domain(text), at);
	case ADDRESS:
		return set_word(text, value_address(text), at);
	case TEXT:
		return set_word(text, NULL, at);
	case FINGERPRINTS:
		return set_word(text, value_fingerprints(text), at);
	case NUMERIC:
		return set_word(text, value_numeric(text), at);
	case DURATION:
		return value_duration(text, k->min, k->max, at);
	case DELAY:
		return value_delay(text, k->min, k->max, at);
	case SIZE:
		return value_size(text, k->min, k->max, at);
	case COUNT:
		return value_count(text, k->min, k->max, at);
	case RATES:
		return set_rates(text, at);
	case CHOICE:
	case CHOICES:
		break;
	}
	return value_choice(text, k->choices, k->type == CHOICES, at);
}

size_t
config_keyword(const char *word, size_t len)
{
	size_t i = 0;

	while (i < CONFIG_KEYWORDS && (strlen(keywords[i].name) != len ||
	    strncasecmp(word, keywords[i].name, len) != 0))
		i++;
	return i;
}

int
config_set(struct config *cfg, size_t i, const char *text, struct buf *error)
{
	const struct keyword *k = &keywords[i];
	const char *wrong = set(cfg, k, text);

	if (wrong == NULL)
		return 0;
	buf_printf(error, "'%s' %s", text, wrong);
	for (const struct choice *c = k->choices;
	    c != NULL && c->name != NULL; c++)
		buf_printf(error, "%s%s", c == k->choices ? "" : ", ",
		    c->name);
	return -1;
}

struct config *
config_new(const char *name)
{
	struct config *cfg = xcalloc(1, sizeof(*cfg));

	cfg->file = xstrdup(name);
	for (size_t i = 0; i < CONFIG_KEYWORDS; i++)
		if (keywords[i].value != NULL)
			set(cfg, &keywords[i], keywords[i].value);
	return cfg;
}

static void
clear(struct config *cfg, size_t i)
{
	void *at = (char *)cfg + keywords[i].offset;
	struct relay *relay = at;
	char **word = at;

	if (keywords[i].type == RELAY) {
		free(relay->host);
		free(relay->port);
	} else if (keywords[i].type <= NUMERIC)
		free(*word);
}

void
config_free(struct config *cfg)
{
	if (cfg == NULL)
		return;
	for (size_t i = 0; i < CONFIG_KEYWORDS; i++)
		clear(cfg, i);
	free(cfg->file);
	free(cfg);
}

static int
print_rates(const struct limit *rates, struct buf *out)
{
	for (int i = 0; i < CONFIG_RATES && rates[i].count > 0; i++) {
		if (i > 0)
			buf_addc(out, ' ');
		value_print_rate(rates[i].count, rates[i].seconds, out);
	}
	return rates[0].count > 0 ? 0 : -1;
}

/* Appends the value in force.  0, or -1 when there is none. */
static int
print(const struct config *cfg, size_t i, struct buf *out)
{
	const struct keyword *k = &keywords[i];
	const void *at = (const char *)cfg + k->offset;
	const struct relay *relay = at;
	const char *const *word = at;
	const uint64_t *value = at;

	switch (k->type) {
	case RELAY:
		if (relay->host == NULL)
			return -1;
		value_print_relay(relay->host, relay->port,
		    relay->implicit_tls, out);
		return 0;
	case WORD:
	case PATH:
	case DOMAIN:
	case ADDRESS:
	case TEXT:
	case FINGERPRINTS:
	case NUMERIC:
		if (*word == NULL)
			return -1;
		buf_adds(out, *word);
		return 0;
	case DURATION:
		if (*value == 0 && k->value == NULL)
			return -1;
		value_print_duration(*value, out);
		return 0;
	case DELAY:
		value_print_delay(*value, out);
		return 0;
	case SIZE:
		value_print_size(*value, out);
		return 0;
	case COUNT:
		buf_printf(out, "%" PRIu64, *value);
		return 0;
	case RATES:
		return print_rates(at, out);
	case CHOICE:
	case CHOICES:
		break;
	}
	value_print_choice(*value, k->choices, k->type == CHOICES, out);
	return 0;
}

void
config_print(const struct config *cfg, FILE *out)
{
	struct buf value = { 0 };

	for (size_t i = 0; i < CONFIG_KEYWORDS; i++) {
		const char *name = config_keyword_name(i);

		buf_clear(&value);
		if (print(cfg, i, &value) == 0)
			fprintf(out, "%s %s\n", name, value.data);
		else
			fprintf(out, "# %s is not set\n", name);
	}
	buf_free(&value);
}
