#include <config.h>

#include "spool/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "spool/keyword.h"

#define BLANKS " \t\r\f\v"

enum { CONFIG_MAX = 1024 * 1024 };

/* What is being parsed, for its errors. */
struct file {
	const char *name;
	unsigned line;
	unsigned set_in[KEYWORDS];	/* the line that set it, from 1 */
	struct buf *errors;
};

static void
set(struct config *cfg, struct file *f, const struct keyword *k,
    const char *value)
{
	unsigned *set_in = &f->set_in[keyword_index(k)];
	const char *error;

	if (*set_in != 0) {
		buf_printf(f->errors, "%s:%u: %s is already set in line %u\n",
		    f->name, f->line, keyword_name(k), *set_in);
		return;
	}
	*set_in = f->line;
	error = keyword_set(k, cfg, value);
	if (error == NULL)
		return;
	buf_printf(f->errors, "%s:%u: %s: '%s' %s", f->name, f->line,
	    keyword_name(k), value, error);
	keyword_choices(k, f->errors);
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
	k = keyword_find(line, len);
	if (k == NULL)
		buf_printf(f->errors, "%s:%u: '%.*s' is not a keyword; "
		    "onehop.conf(5) lists them all\n", f->name, f->line,
		    (int)len, line);
	else if (*value == '\0')
		buf_printf(f->errors, "%s:%u: %s has no value\n", f->name,
		    f->line, keyword_name(k));
	else
		set(cfg, f, k, value);
}

static struct config *
defaults(const char *name)
{
	struct config *cfg = xcalloc(1, sizeof(*cfg));

	cfg->file = xstrdup(name);
	for (size_t i = 0; i < KEYWORDS; i++) {
		const struct keyword *k = keyword_at(i);

		if (keyword_default(k) != NULL)
			keyword_set(k, cfg, keyword_default(k));
	}
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
	for (size_t i = 0; i < KEYWORDS; i++)
		keyword_free(keyword_at(i), cfg);
	free(cfg->file);
	free(cfg);
}

void
config_print(const struct config *cfg, FILE *out)
{
	struct buf value = { 0 };

	for (size_t i = 0; i < KEYWORDS; i++) {
		const struct keyword *k = keyword_at(i);

		buf_clear(&value);
		if (keyword_print(k, cfg, &value) == 0)
			fprintf(out, "%s %s\n", keyword_name(k), value.data);
		else
			fprintf(out, "# %s is not set\n", keyword_name(k));
	}
	buf_free(&value);
}

bool
config_log_stderr(const struct config *cfg)
{
	return cfg->log == LOG_STDERR ||
	    (cfg->log == LOG_AUTO && isatty(STDERR_FILENO));
}
