#include <config.h>

#include "spool/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "spool/value.h"

#define BLANKS " \t\r\f\v"

enum {
	CONFIG_MAX = 1024 * 1024,
	YEAR = 365 * 24 * 60 * 60,
};

/* What a keyword takes (value.h), and so what its member is. */
enum type {
	RELAY,			/* struct relay */
	WORD,			/* char * */
	PATH,
	DOMAIN,
	ADDRESS,
	NAMES,
	DURATION,		/* uint64_t */
	SIZE,
	COUNT,
	CHOICE,
	CHOICES,
};

struct keyword {
	const char *keyword;
	enum type type;
	size_t offset;		/* of the member of struct config */
	uint64_t min, max;
	const struct choice *choices;
	const char *value;	/* the default, in the words of a line */
};

static const struct choice mechanisms[] = {
	{ "auto", AUTH_AUTO },
	{ "LOGIN", AUTH_LOGIN },
	{ "PLAIN", AUTH_PLAIN },
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
	{ "auto", LOG_AUTO },
	{ "syslog", LOG_SYSLOG },
	{ "stderr", LOG_STDERR },
	{ NULL, 0 },
};

static const struct keyword keywords[] = {
#define AT(member) offsetof(struct config, member)
	{ "relay", RELAY, AT(relay), 0, 0, NULL, NULL },
	{ "user", WORD, AT(user), 0, 0, NULL, NULL },
	{ "password-file", PATH, AT(password_file), 0, 0, NULL,
	    SYSCONFDIR "/onehop/password" },
	{ "auth", CHOICES, AT(auth), 0, 0, mechanisms, "auto" },
	{ "tls", CHOICE, AT(tls), 0, 0, policies, "required" },
	{ "tls-ca-file", PATH, AT(tls_ca_file), 0, 0, NULL, NULL },
	{ "tls-min-version", CHOICE, AT(tls_min_version), 0, 0,
	    versions, "1.2" },
	{ "helo", WORD, AT(helo), 0, 0, NULL, NULL },
	{ "source-address", WORD, AT(source_address), 0, 0, NULL, NULL },
	{ "domain", DOMAIN, AT(domain), 0, 0, NULL, NULL },
	{ "aliases", PATH, AT(aliases), 0, 0, NULL, "/etc/aliases" },
	{ "admin", ADDRESS, AT(admin), 0, 0, NULL, NULL },
	{ "envelope-from", ADDRESS, AT(envelope_from), 0, 0, NULL, NULL },
	{ "rewrite-from", CHOICE, AT(rewrite_from), 0, 0, switches, "off" },
	{ "senders", PATH, AT(senders), 0, 0, NULL, NULL },
	{ "mime-label", CHOICE, AT(mime_label), 0, 0, switches, "on" },
	{ "submit-users", NAMES, AT(submit_users), 0, 0, NULL, NULL },
	{ "deny-users", NAMES, AT(deny_users), 0, 0, NULL, NULL },
	{ "spool", PATH, AT(spool), 0, 0, NULL, SPOOLDIR },
	{ "connections", COUNT, AT(connections), 1, 100, NULL, "4" },
	{ "idle-timeout", DURATION, AT(idle_timeout), 1, YEAR, NULL, "5s" },
	{ "retry-min", DURATION, AT(retry_min), 1, YEAR, NULL, "5m" },
	{ "retry-max", DURATION, AT(retry_max), 1, YEAR, NULL, "4h" },
	{ "relay-retry-min", DURATION, AT(relay_retry_min), 1, YEAR, NULL,
	    "15s" },
	{ "relay-retry-max", DURATION, AT(relay_retry_max), 1, YEAR, NULL,
	    "10m" },
	{ "lifetime", DURATION, AT(lifetime), 1, YEAR, NULL, "5d" },
	{ "timeout", DURATION, AT(timeout), 1, YEAR, NULL, NULL },
	{ "max-size", SIZE, AT(max_size), 1024, INT64_MAX, NULL, "50M" },
	{ "log", CHOICE, AT(log), 0, 0, targets, "auto" },
#undef AT
};
enum { KEYWORDS = sizeof(keywords) / sizeof(keywords[0]) };

static const char *
set_word(const char *text, const char *error, char **word)
{
	if (error != NULL)
		return error;
	free(*word);
	*word = xstrdup(text);
	return NULL;
}

/* Sets a keyword.  NULL, or what is wrong with the text, as in value.h. */
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
	case NAMES:
		return set_word(text, NULL, at);
	case DURATION:
		return value_duration(text, k->min, k->max, at);
	case SIZE:
		return value_size(text, k->min, k->max, at);
	case COUNT:
		return value_count(text, k->min, k->max, at);
	case CHOICE:
	case CHOICES:
		break;
	}
	return value_choice(text, k->choices, k->type == CHOICES, at);
}

static const struct keyword *
find(const char *word, size_t len)
{
	for (const struct keyword *k = keywords; k < keywords + KEYWORDS; k++)
		if (strlen(k->keyword) == len &&
		    strncasecmp(word, k->keyword, len) == 0)
			return k;
	return NULL;
}

/* What is being parsed, for its errors. */
struct file {
	const char *name;
	unsigned line;
	unsigned set_in[KEYWORDS];	/* the line that set it, from 1 */
	struct buf *errors;
};

static void
set_from_line(struct config *cfg, struct file *f, const struct keyword *k,
    const char *value)
{
	unsigned *set_in = &f->set_in[k - keywords];
	const char *error;

	if (*set_in != 0) {
		buf_printf(f->errors, "%s:%u: %s is already set in line %u\n",
		    f->name, f->line, k->keyword, *set_in);
		return;
	}
	error = set(cfg, k, value);
	if (error == NULL) {
		*set_in = f->line;
		return;
	}
	buf_printf(f->errors, "%s:%u: %s: '%s' %s", f->name, f->line,
	    k->keyword, value, error);
	for (const struct choice *c = k->choices;
	    c != NULL && c->name != NULL; c++)
		buf_printf(f->errors, "%s%s", c == k->choices ? "" : ", ",
		    c->name);
	buf_addc(f->errors, '\n');
}

/* Cuts off a comment, which begins the line or follows a blank, and blanks. */
static char *
trim(char *line)
{
	size_t len;

	line += strspn(line, BLANKS);
	for (len = 0; line[len] != '\0'; len++)
		if (line[len] == '#' &&
		    (len == 0 || strchr(BLANKS, line[len - 1]) != NULL))
			break;
	while (len > 0 && strchr(BLANKS, line[len - 1]) != NULL)
		len--;
	line[len] = '\0';
	return line;
}

static void
parse_line(struct config *cfg, struct file *f, char *line)
{
	const struct keyword *k;
	size_t len;
	char *value;

	line = trim(line);
	if (*line == '\0')
		return;
	len = strcspn(line, BLANKS);
	value = line + len + strspn(line + len, BLANKS);
	k = find(line, len);
	if (k == NULL)
		buf_printf(f->errors, "%s:%u: '%.*s' is not a keyword; "
		    "onehop.conf(5) lists them all\n", f->name, f->line,
		    (int)len, line);
	else if (*value == '\0')
		buf_printf(f->errors, "%s:%u: %s has no value\n", f->name,
		    f->line, k->keyword);
	else
		set_from_line(cfg, f, k, value);
}

static struct config *
defaults(const char *name)
{
	struct config *cfg = xcalloc(1, sizeof(*cfg));

	cfg->file = xstrdup(name);
	for (const struct keyword *k = keywords; k < keywords + KEYWORDS; k++)
		if (k->value != NULL)
			set(cfg, k, k->value);
	return cfg;
}

static void
check_together(struct config *cfg, struct buf *errors)
{
	if (cfg->retry_max < cfg->retry_min) {
		buf_printf(errors, "%s: retry-max is less than retry-min\n",
		    cfg->file);
		cfg->retry_max = cfg->retry_min;
	}
	if (cfg->relay_retry_max < cfg->relay_retry_min) {
		buf_printf(errors, "%s: relay-retry-max is less than "
		    "relay-retry-min\n", cfg->file);
		cfg->relay_retry_max = cfg->relay_retry_min;
	}
}

struct config *
config_parse(const char *name, const char *text, size_t len,
    struct buf *errors)
{
	struct config *cfg = defaults(name);
	struct file f = { .name = name, .errors = errors };
	char *copy = xstrndup(text, len), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		f.line++;
		parse_line(cfg, &f, line);
	}
	if (strlen(copy) < len && memchr(text, '\0', len) != NULL)
		buf_printf(errors, "%s: ends at a NUL byte\n", name);
	free(copy);
	check_together(cfg, errors);
	return cfg;
}

struct config *
config_load(const char *path, struct buf *errors)
{
	const char *name = path != NULL ? path : SYSCONFDIR
	    "/onehop/onehop.conf";
	struct buf text = { 0 };
	struct config *cfg;

	if (io_read_file(AT_FDCWD, name, &text, CONFIG_MAX) == -1) {
		if (path != NULL || errno != ENOENT)
			buf_printf(errors, "%s: %s\n", name, strerror(errno));
		buf_clear(&text);
	}
	cfg = config_parse(name, text.len > 0 ? text.data : "", text.len,
	    errors);
	buf_free(&text);
	return cfg;
}

void
config_free(struct config *cfg)
{
	if (cfg == NULL)
		return;
	for (const struct keyword *k = keywords; k < keywords + KEYWORDS; k++)
		if (k->type > RELAY && k->type <= NAMES)
			free(*(char **)((char *)cfg + k->offset));
	free(cfg->relay.host);
	free(cfg->relay.port);
	free(cfg->file);
	free(cfg);
}

/* Appends the value in force.  0, or -1 when there is none. */
static int
print(const struct config *cfg, const struct keyword *k, struct buf *out)
{
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
	case NAMES:
		if (*word == NULL)
			return -1;
		buf_adds(out, *word);
		return 0;
	case DURATION:
		if (*value == 0 && k->value == NULL)
			return -1;
		value_print_duration(*value, out);
		return 0;
	case SIZE:
		value_print_size(*value, out);
		return 0;
	case COUNT:
		buf_printf(out, "%" PRIu64, *value);
		return 0;
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

	for (const struct keyword *k = keywords; k < keywords + KEYWORDS;
	    k++) {
		buf_clear(&value);
		if (print(cfg, k, &value) == 0)
			fprintf(out, "%s %s\n", k->keyword, value.data);
		else
			fprintf(out, "# %s is not set\n", k->keyword);
	}
	buf_free(&value);
}

bool
config_log_stderr(const struct config *cfg)
{
	return cfg->log == LOG_STDERR ||
	    (cfg->log == LOG_AUTO && isatty(STDERR_FILENO));
}
