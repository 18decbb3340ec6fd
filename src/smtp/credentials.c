#include <config.h>

#include "smtp/credentials.h"

#include <sys/resource.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "smtp/secret.h"
#include "smtp/shell.h"
#include "spool/config.h"

enum {
	/* Tokens run to some kilobytes; more is not a password. */
	PASSWORD_MAX = 16 * 1024,
	COMMAND_TIME = 30,	/* seconds for password-command by default */
	COMMAND_SHOWN = 80,	/* of it, so that what happened is seen too */
};

/* Takes the first line without its end.  NULL, or what is wrong. */
static const char *
take_line(const struct buf *text, char **line)
{
	const char *lf;
	size_t len = text->len;

	if (len > 0 && (lf = memchr(text->data, '\n', len)) != NULL)
		len = (size_t)(lf - text->data);
	if (len > 0 && text->data[len - 1] == '\r')
		len--;
	if (len == 0)
		return "has no password in its first line";
	if (len >= PASSWORD_MAX)
		return "is too long for a password";
	if (memchr(text->data, '\0', len) != NULL)
		return "has a NUL in its first line";
	*line = xstrndup(text->data, len);
	return NULL;
}

/*
 * Finds where the password stands: in password-file if that is set, else in
 * what systemd has passed, if there is any.
 */
static bool
find_credential(const struct config *config, struct buf *path)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	if (directory == NULL ||
	    strcmp(config->password_file, CONFIG_PASSWORD_FILE) != 0)
		return false;
	buf_printf(path, "%s/password", directory);
	return access(path->data, F_OK) == 0;
}

/*
 * Whether a certificate is all we have: EXTERNAL is asked for, or there is a
 * certificate and nothing that could be a password.
 */
static bool
is_certificate_all(const struct config *config)
{
	struct buf path = { 0 };
	bool all = config->auth == AUTH_EXTERNAL;

	if (config->auth == AUTH_AUTO && config->tls_cert_file != NULL &&
	    config->password_command == NULL &&
	    strcmp(config->password_file, CONFIG_PASSWORD_FILE) == 0)
		all = !find_credential(config, &path) &&
		    access(CONFIG_PASSWORD_FILE, F_OK) == -1 &&
		    errno == ENOENT;
	buf_free(&path);
	return all;
}

/* Appends the output of password-command.  0, or -1 and what is wrong. */
static int
run_command(const struct config *config, struct buf *text, struct buf *error)
{
	double seconds = config->timeout > 0 ? (double)config->timeout :
	    COMMAND_TIME;

	return shell_run(config->password_command, seconds, PASSWORD_MAX,
	    text, error);
}

/* Appends what the password stands in, and its name to what. */
static int
read_source(const struct config *config, struct buf *text, struct buf *what,
    struct buf *error)
{
	struct buf path = { 0 };
	const char *wrong = NULL;
	int result = 0;

	if (config->password_command != NULL) {
		buf_printf(what, "password-command %.*s", COMMAND_SHOWN,
		    config->password_command);
		result = run_command(config, text, error);
	} else if (find_credential(config, &path)) {
		buf_printf(what, "credential %s", path.data);
		wrong = secret_read_credential(path.data, text, PASSWORD_MAX);
	} else {
		buf_printf(what, "password-file %s", config->password_file);
		wrong = secret_read(config->password_file, text,
		    PASSWORD_MAX);
	}
	if (wrong != NULL)
		buf_adds(error, wrong);
	buf_free(&path);
	return wrong != NULL ? -1 : result;
}

/* A core would have the password in it, and later the keys of the session. */
static void
leave_no_core(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) == -1)
		return;
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &limit);
}

int
credentials_read(struct credentials *c, const struct config *config,
    struct buf *error)
{
	struct buf text = { 0 }, what = { 0 }, why = { 0 };
	const char *wrong = NULL;

	*c = (struct credentials){ .user = config->user };
	if (c->user == NULL || is_certificate_all(config))
		return 0;
	leave_no_core();
	/* Room for all of it, so that it leaves no copies while it grows. */
	buf_reserve(&text, 2 * PASSWORD_MAX);
	if (read_source(config, &text, &what, &why) == -1)
		wrong = why.data;
	else
		wrong = take_line(&text, &c->password);
	if (wrong != NULL)
		buf_printf(error, "%s: %s", what.data, wrong);
	buf_free(&text);
	buf_free(&what);
	buf_free(&why);
	return wrong == NULL ? 0 : -1;
}

void
credentials_wipe(struct credentials *c)
{
	if (c->password != NULL)
		freezero(c->password, strlen(c->password));
	c->password = NULL;
}
