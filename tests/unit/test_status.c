#include <config.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mail/trouble.h"
#include "spool/status.h"

static char directory[] = "/tmp/onehop.XXXXXX";

static void
put(int spool, const char *text)
{
	int fd = openat(spool, "relay", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
test_write(void **state)
{
	struct status s = {
		.since = 1700000000,
		.trouble = TROUBLE_AUTH,
	}, read;
	int spool = *(int *)*state;
	struct stat st;

	assert_int_equal(status_read(spool, &read), 0);
	assert_int_equal(status_write(spool, NULL), 0);
	strlcpy(s.reason, "535 5.7.8 no: check user and password-file",
	    sizeof(s.reason));
	assert_int_equal(status_write(spool, &s), 0);
	assert_int_equal(status_read(spool, &read), 1);
	assert_true(read.since == s.since);
	assert_int_equal(read.trouble, TROUBLE_AUTH);
	assert_string_equal(read.reason, s.reason);
	/* It may have addresses in it. */
	assert_int_equal(fstatat(spool, "relay", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* It is replaced, and nothing stays beside it. */
	s.since = INT64_MAX;
	memset(s.reason, 'x', sizeof(s.reason) - 1);
	assert_int_equal(status_write(spool, &s), 0);
	assert_int_equal(status_read(spool, &read), 1);
	assert_true(read.since == s.since);
	assert_string_equal(read.reason, s.reason);
	assert_int_equal(fstatat(spool, "relay.new", &st, 0), -1);
	assert_int_equal(status_write(spool, NULL), 0);
	assert_int_equal(status_read(spool, &read), 0);
}

/* One left behind by a crash, or planted, does no harm. */
static void
test_leftover(void **state)
{
	struct status s = { .since = 1, .reason = "x" }, read;
	int spool = *(int *)*state;
	struct stat st;

	assert_int_equal(symlinkat("elsewhere", spool, "relay.new"), 0);
	assert_int_equal(status_write(spool, &s), 0);
	assert_int_equal(fstatat(spool, "elsewhere", &st, 0), -1);
	assert_int_equal(fstatat(spool, "relay", &st, AT_SYMLINK_NOFOLLOW),
	    0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(status_read(spool, &read), 1);
	assert_int_equal(status_write(spool, NULL), 0);
}

static const struct {
	const char *text;
	int result;
	int64_t since;
	int trouble;
	const char *reason;
} rows[] = {
	{ "1 local x\n", 1, 1, TROUBLE_LOCAL, "x" },
	{ "0 tls \n", 1, 0, TROUBLE_TLS, "" },
	{ "17 rate two words \n", 1, 17, TROUBLE_RATE, "two words " },
	{ "1 lost two\nlines\n", 1, 1, TROUBLE_LOST, "two" },
	{ "", 0, 0, 0, NULL },
	{ "\n", 0, 0, 0, NULL },
	{ "1\n", 0, 0, 0, NULL },
	{ "1 tls\n", 0, 0, 0, NULL },
	{ "1 x y\n", 0, 0, 0, NULL },
	{ "1  x\n", 0, 0, 0, NULL },
	{ "x tls y\n", 0, 0, 0, NULL },
	{ "-1 tls x\n", 0, 0, 0, NULL },
	{ " 1 tls x\n", 0, 0, 0, NULL },
	{ "9223372036854775808 tls x\n", 0, 0, 0, NULL },
};

static void
test_rows(void **state)
{
	int spool = *(int *)*state;
	struct status s;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(spool, rows[i].text);
		if (status_read(spool, &s) != rows[i].result)
			fail_msg("\"%s\"", rows[i].text);
		if (rows[i].result == 0)
			continue;
		assert_true(s.since == rows[i].since);
		assert_int_equal(s.trouble, rows[i].trouble);
		assert_string_equal(s.reason, rows[i].reason);
	}
	assert_int_equal(status_write(spool, NULL), 0);
}

static void
test_no_room(void **state)
{
	struct status s = { .since = 1, .reason = "x" };
	int spool = *(int *)*state;

	assert_int_equal(mkdirat(spool, "relay.new", 0700), 0);
	assert_int_equal(status_write(spool, &s), -1);
	assert_int_equal(status_read(spool, &s), 0);
	assert_int_equal(unlinkat(spool, "relay.new", AT_REMOVEDIR), 0);
}

static int
set_up(void **state)
{
	static int spool;

	if (mkdtemp(directory) == NULL)
		return -1;
	spool = open(directory, O_PATH | O_DIRECTORY);
	*state = &spool;
	return spool == -1 ? -1 : 0;
}

static int
tear_down(void **state)
{
	close(*(int *)*state);
	return rmdir(directory);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_leftover),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
