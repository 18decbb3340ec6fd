#include <config.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "smtp/credentials.h"
#include "spool/conffile.h"
#include "spool/config.h"

static char path[] = "/tmp/onehop.XXXXXX";

static void
write_file(const void *text, size_t len, mode_t mode)
{
	FILE *file;

	/* Only root may write to one that has mode 0400. */
	unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite(text, 1, len, file);
	fclose(file);
	chmod(path, mode);
}

/* The password with these lines of configuration, or NULL. */
static char *
get(const char *lines, struct buf *error)
{
	struct buf text = { 0 }, errors = { 0 };
	struct credentials c;
	struct config *cfg;
	char *password = NULL;

	buf_printf(&text, "user tim\n%s\n", lines);
	cfg = conffile_parse("F", text.data, text.len, &errors);
	assert_int_equal(errors.len, 0);
	buf_clear(error);
	if (credentials_read(&c, cfg, error) == 0 && c.password != NULL)
		password = strdup(c.password);
	credentials_wipe(&c);
	assert_null(c.password);
	config_free(cfg);
	buf_free(&text);
	buf_free(&errors);
	return password;
}

static const struct {
	const char *text;
	size_t len;
	mode_t mode;
	const char *password;
	const char *error;
} rows[] = {
	{ "secret\n", 7, 0400, "secret", NULL },
	{ "secret", 6, 0600, "secret", NULL },
	{ "p w \r\nmore", 10, 0400, "p w ", NULL },
	{ "\xc3\xbc\n", 3, 0400, "\xc3\xbc", NULL },
	{ "", 0, 0400, NULL, "has no password in its first line" },
	{ "\nsecret\n", 8, 0400, NULL, "has no password in its first line" },
	{ "a\0b\n", 4, 0400, NULL, "has a NUL in its first line" },
	{ "secret\n", 7, 0440, NULL, "can be read by others: chmod 0400 it" },
	{ "secret\n", 7, 0404, NULL, "can be read by others: chmod 0400 it" },
};

static void
test_file(void **state)
{
	struct buf line = { 0 }, error = { 0 }, want = { 0 };

	(void)state;
	buf_printf(&line, "password-file %s", path);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *password;

		write_file(rows[i].text, rows[i].len, rows[i].mode);
		password = get(line.data, &error);
		if (rows[i].password != NULL) {
			assert_non_null(password);
			assert_string_equal(password, rows[i].password);
			assert_int_equal(error.len, 0);
		} else {
			assert_null(password);
			buf_clear(&want);
			buf_printf(&want, "password-file %s: %s", path,
			    rows[i].error);
			assert_string_equal(error.data, want.data);
		}
		free(password);
	}
	buf_free(&line);
	buf_free(&error);
	buf_free(&want);
}

static void
test_command(void **state)
{
	struct buf error = { 0 };
	char *password = get("password-command printf 'a b\\nc'", &error);

	(void)state;
	assert_string_equal(password, "a b");
	free(password);
	assert_null(get("password-command echo secret; echo no >&2; false",
	    &error));
	assert_string_equal(error.data, "password-command echo secret; "
	    "echo no >&2; false: exit status 1: no");
	assert_null(get("timeout 1s\npassword-command sleep 100", &error));
	assert_string_equal(error.data, "password-command sleep 100: "
	    "timed out after 1 s");
	buf_free(&error);
}

/* With a certificate alone, a password is not even looked for. */
static void
test_none(void **state)
{
	struct buf error = { 0 };

	(void)state;
	assert_null(get("auth EXTERNAL\npassword-file /nonexistent", &error));
	assert_int_equal(error.len, 0);
	assert_null(get("auth EXTERNAL PLAIN\npassword-file /nonexistent",
	    &error));
	assert_true(error.len > 0);
	/* The password that is there by default is not, in a build tree. */
	if (access(CONFIG_PASSWORD_FILE, F_OK) == 0)
		skip();
	assert_null(get("tls-cert-file /c\ntls-key-file /k", &error));
	assert_int_equal(error.len, 0);
	assert_null(get("tls-cert-file /c\ntls-key-file /k\nauth PLAIN",
	    &error));
	assert_true(error.len > 0);
	assert_null(get("tls-cert-file /c\ntls-key-file /k\n"
	    "password-command false", &error));
	assert_true(error.len > 0);
	assert_null(get("auth auto", &error));
	assert_true(error.len > 0);
	buf_free(&error);
}

/* There is no core once there was a password. */
static void
test_core(void **state)
{
	struct buf error = { 0 }, errors = { 0 };
	struct credentials c;
	struct config *cfg;
	struct rlimit limit;

	(void)state;
	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_CORE, &limit);
	cfg = conffile_parse("F", "user u\npassword-command echo x", 30,
	    &errors);
	assert_int_equal(credentials_read(&c, cfg, &error), 0);
	getrlimit(RLIMIT_CORE, &limit);
	assert_true(limit.rlim_cur == 0);
	credentials_wipe(&c);
	config_free(cfg);
	buf_free(&errors);
	buf_free(&error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_core),
	};
	int fd = mkstemp(path), failed;

	if (fd == -1)
		return 1;
	close(fd);
	unsetenv("CREDENTIALS_DIRECTORY");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
