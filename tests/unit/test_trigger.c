#include <config.h>

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "spool/trigger.h"

static char directory[] = "/tmp/onehop.XXXXXX";

static void
collect(void *arg, const char *line)
{
	buf_printf(arg, "%s;", line);
}

static bool
is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
test_make(void **state)
{
	int spool = *(int *)*state, fd;
	struct stat st;

	fd = trigger_make(spool);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	close(fd);
	/* The one that is there stays. */
	assert_int_equal(trigger_make(spool), -1);
	assert_int_equal(errno, EEXIST);
}

static void
test_lines(void **state)
{
	int spool = *(int *)*state, fd;
	struct buf seen = { 0 };

	errno = 0;
	assert_int_equal(trigger_write(spool, "nobody"), -1);
	assert_int_equal(errno, ENXIO);
	fd = trigger_open(spool);
	assert_int_not_equal(fd, -1);
	/* With no writer, before and after one, it is not at its end. */
	assert_false(is_readable(fd));
	assert_int_equal(trigger_read(fd, collect, &seen), 0);
	assert_int_equal(seen.len, 0);
	assert_int_equal(trigger_write(spool, "5F5E1000ABCDE"), 0);
	assert_int_equal(trigger_write(spool, TRIGGER_FLUSH), 0);
	assert_int_equal(trigger_write(spool, ""), 0);
	assert_int_equal(trigger_write(spool, TRIGGER_RETRY "x"), 0);
	assert_true(is_readable(fd));
	assert_int_equal(trigger_read(fd, collect, &seen), 0);
	assert_string_equal(seen.data, "5F5E1000ABCDE;" TRIGGER_FLUSH ";"
	    TRIGGER_RETRY "x;");
	assert_false(is_readable(fd));
	close(fd);
	buf_free(&seen);
}

/* Writers never wait; the reader learns that lines may be lost. */
static void
test_full(void **state)
{
	int spool = *(int *)*state, fd = trigger_open(spool);
	struct buf seen = { 0 };
	size_t written = 0;

	while (trigger_write(spool, "5F5E1000ABCDE") == 0)
		written++;
	assert_int_equal(errno, EAGAIN);
	assert_true(written > 1000);
	assert_int_equal(trigger_read(fd, collect, &seen), 1);
	for (int i = 0; i < 100 && is_readable(fd); i++)
		assert_int_not_equal(trigger_read(fd, collect, &seen), -1);
	assert_int_equal(seen.len, written * 14);
	assert_int_equal(trigger_write(spool, "again"), 0);
	assert_int_equal(trigger_read(fd, collect, &seen), 0);
	close(fd);
	buf_free(&seen);
}

/* What others write hides no line, and no room that is not there. */
static void
test_other_writers(void **state)
{
	static const char nuls[] = "\0a\0\0b\nc";
	int spool = *(int *)*state, fd = trigger_open(spool);
	char half[2100];
	struct buf seen = { 0 };

	assert_int_equal(write(fd, nuls, sizeof(nuls)), sizeof(nuls));
	assert_int_equal(trigger_write(spool, "5F5E1000ABCDE"), 0);
	assert_int_equal(trigger_read(fd, collect, &seen), 0);
	assert_string_equal(seen.data, "a;b;c;5F5E1000ABCDE;");
	/* Of which no page holds two. */
	memset(half, '\n', sizeof(half));
	while (write(fd, half, sizeof(half)) > 0)
		;
	assert_int_equal(trigger_read(fd, collect, &seen), 1);
	close(fd);
	buf_free(&seen);
}

static void
test_missing(void **state)
{
	int spool = *(int *)*state;

	assert_int_equal(unlinkat(spool, TRIGGER_NAME, 0), 0);
	assert_int_equal(trigger_write(spool, "x"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(trigger_open(spool), -1);
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
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_other_writers),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
