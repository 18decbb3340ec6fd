#include <config.h>

#include "spool/conffile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "spool/config.h"

#define BLANKS " \t\r\f\v"

enum { CONFIG_MAX = 1024 * 1024 };

/* What is being parsed, for its errors. */
struct file {
	const char *name;
	unsigned line;
	unsigned set_in[CONFIG_KEYWORDS]; /* the line that set it, from 1 */
	struct buf *errors;
};

static void
set_from_line(struct config *cfg, struct file *f, size_t keyword,
    const char *value)
{
	const char *name = config_keyword_name(keyword);
	struct buf error = { 0 };

	if (f->set_in[keyword] != 0)
		buf_printf(f->errors, "%s:%u: %s is already set in line %u\n",
		    f->name, f->line, name, f->set_in[keyword]);
	else if (config_set(cfg, keyword, value, &error) == 0)
		f->set_in[keyword] = f->line;
	else
		buf_printf(f->errors, "%s:%u: %s: %s\n", f->name, f->line,
		    name, error.data);
	buf_free(&error);
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
	size_t len, keyword;
	char *value;

	line = trim(line);
	if (*line == '\0')
		return;
	len = strcspn(line, BLANKS);
	value = line + len + strspn(line + len, BLANKS);
	keyword = config_keyword(line, len);
	if (keyword == CONFIG_KEYWORDS)
		buf_printf(f->errors, "%s:%u: '%.*s' is not a keyword; "
		    "onehop.conf(5) lists them all\n", f->name, f->line,
		    (int)len, line);
	else if (*value == '\0')
		buf_printf(f->errors, "%s:%u: %s has no value\n", f->name,
		    f->line, config_keyword_name(keyword));
	else
		set_from_line(cfg, f, keyword, value);
}

/* Forgets a setting that is of no use without another. */
static void
forget(const struct config *cfg, char **value, const char *name,
    const char *other, struct buf *errors)
{
	buf_printf(errors, "%s: %s is of no use without %s\n", cfg->file,
	    name, other);
	free(*value);
	*value = NULL;
}

static void
check_tls(struct config *cfg, struct buf *errors)
{
	if (cfg->tls_cert_file != NULL && cfg->tls_key_file == NULL)
		forget(cfg, &cfg->tls_cert_file, "tls-cert-file",
		    "tls-key-file", errors);
	if (cfg->tls_cert_file == NULL && cfg->tls_key_file != NULL)
		forget(cfg, &cfg->tls_key_file, "tls-key-file",
		    "tls-cert-file", errors);
	/* Who asks for this one smarthost does not mean any, or none. */
	if (cfg->tls_fingerprint != NULL && cfg->tls != TLS_REQUIRED) {
		buf_printf(errors, "%s: tls-fingerprint needs tls required\n",
		    cfg->file);
		cfg->tls = TLS_REQUIRED;
	}
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
	check_tls(cfg, errors);
	if (cfg->password_command != NULL &&
	    strcmp(cfg->password_file, CONFIG_PASSWORD_FILE) != 0) {
		buf_printf(errors, "%s: password-file and password-command "
		    "are both set\n", cfg->file);
		free(cfg->password_command);
		cfg->password_command = NULL;
	}
}

struct config *
conffile_parse(const char *name, const char *text, size_t len,
    struct buf *errors)
{
	struct config *cfg = config_new(name);
	struct file f = { .name = name, .errors = errors };
	char *copy = xstrndup(text, len), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		f.line++;
		parse_line(cfg, &f, line);
	}
	if (len > 0 && memchr(text, '\0', len) != NULL)
		buf_printf(errors, "%s: ends at a NUL byte\n", name);
	free(copy);
	check_together(cfg, errors);
	return cfg;
}

struct config *
conffile_load(const char *path, struct buf *errors)
{
	const char *name = path != NULL ? path : SYSCONFDIR
	    "/onehop/onehop.conf";
	struct buf text = { 0 };
	bool unread = false;
	struct config *cfg;

	if (io_read_file(AT_FDCWD, name, &text, CONFIG_MAX) == -1) {
		unread = io_is_trouble(errno);
		if (path != NULL || errno != ENOENT)
			buf_printf(errors, "%s: %s\n", name, strerror(errno));
		buf_clear(&text);
	}
	cfg = conffile_parse(name, text.len > 0 ? text.data : "", text.len,
	    errors);
	cfg->unread = unread;
	buf_free(&text);
	return cfg;
}
