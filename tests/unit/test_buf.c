#include <config.h>

#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

static void
test_add(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_null(b.data);
	buf_add(&b, NULL, 0);
	assert_string_equal(b.data, "");
	buf_adds(&b, "a");
	buf_addc(&b, 'b');
	buf_add(&b, "c\0d", 3);
	buf_printf(&b, "%d%s", 12, "e");
	assert_int_equal(b.len, 8);
	assert_memory_equal(b.data, "abc\0d12e", 9);
	buf_free(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
}

/* Whatever the size it grows from and to, nothing is lost. */
static void
test_growth(void **state)
{
	struct buf b = { 0 };
	char piece[777];

	(void)state;
	memset(piece, 'x', sizeof(piece));
	for (size_t n = 0; n < sizeof(piece); n++) {
		buf_add(&b, piece, n);
		assert_int_equal(b.data[b.len], '\0');
		assert_true(b.len < b.size);
	}
	assert_int_equal(b.len, sizeof(piece) * (sizeof(piece) - 1) / 2);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], 'x');
	buf_free(&b);
	/* From nothing to around each power of two. */
	for (size_t n = 0; n < 1030; n++) {
		buf_printf(&b, "%*s", (int)n, "");
		assert_true(b.len == n && b.len < b.size);
		buf_free(&b);
		buf_reserve(&b, n);
		assert_true(n < b.size);
		buf_free(&b);
	}
}

static void
test_long_format(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_printf(&b, "%*s", 5000, "x");
	assert_int_equal(b.len, 5000);
	assert_int_equal(b.data[4999], 'x');
	buf_free(&b);
}

static void
test_reserve(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_adds(&b, "ab");
	memcpy(buf_reserve(&b, 1000), "cdef", 4);
	assert_int_equal(b.len, 2);
	buf_grew(&b, 3);
	assert_string_equal(b.data, "abcde");
	buf_free(&b);
}

static void
test_drop(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_drop(&b, 0);
	buf_clear(&b);
	assert_null(b.data);
	buf_adds(&b, "abcdef");
	buf_drop(&b, 2);
	assert_string_equal(b.data, "cdef");
	buf_drop(&b, 0);
	assert_string_equal(b.data, "cdef");
	buf_drop(&b, 4);
	assert_string_equal(b.data, "");
	buf_adds(&b, "x");
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	buf_free(&b);
}

/* Asking for n bytes beside one that is there ends the program. */
static int
status_of_reserve(size_t n)
{
	pid_t pid = fork();
	int status;

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct buf b = { 0 };

		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		buf_addc(&b, 'x');
		buf_reserve(&b, n);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_limit(void **state)
{
	(void)state;
	assert_int_equal(status_of_reserve(1024 * 1024), 0);
	assert_int_equal(status_of_reserve(256 * 1024 * 1024), EX_TEMPFAIL);
	assert_int_equal(status_of_reserve(SIZE_MAX), EX_TEMPFAIL);
	assert_int_equal(status_of_reserve(SIZE_MAX - 1), EX_TEMPFAIL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_long_format),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
