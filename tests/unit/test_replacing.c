#include <config.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "ctl/import/replacing.h"

/* What is there, what is to come, and which copy of the first is kept. */
static const struct {
	const char *old;	/* NULL: there is none */
	const char *text;
	bool secret;
	const char *kept;
} cases[] = {
	{ NULL, "a 1\n", false, NULL },
	{ "", "a 1\n", true, NULL },
	{ "# relay x\n\n  # y\n", "a 1\n", false, NULL },
	{ "a 1\n", "a 1\n", false, NULL },
	{ "# x\n", "y\n", true, "f.old" },
	{ "# x\n  b 2", "a 1\n", false, "f.old2" },
	{ "b 3\n", "a 1\n", false, "f.old3" },
};

static void
put(int dir, const char *text)
{
	int fd = openat(dir, "f", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_not_equal(fd, -1);
	assert_int_equal(io_write(fd, text, strlen(text)), 0);
	close(fd);
}

static void
check_content(int dir, const char *name, const char *text)
{
	struct buf found = { 0 };

	assert_int_equal(io_read_file(dir, name, &found, 1024), 0);
	assert_string_equal(found.data, text);
	buf_free(&found);
}

static void
check_one(int dir, size_t i)
{
	struct replacement r = { "f", cases[i].text, 0400, (uid_t)-1,
	    (gid_t)-1, cases[i].secret };
	struct buf kept = { 0 };
	struct stat st;

	unlinkat(dir, "f", 0);
	if (cases[i].old != NULL)
		put(dir, cases[i].old);
	assert_int_equal(replacing_loses(dir, &r), cases[i].kept != NULL);
	assert_int_equal(replacing_write(dir, &r, &kept), 0);
	check_content(dir, "f", cases[i].text);
	assert_int_equal(fstatat(dir, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	if (cases[i].kept != NULL) {
		assert_string_equal(kept.data, cases[i].kept);
		check_content(dir, cases[i].kept, cases[i].old);
	} else
		assert_int_equal(kept.len, 0);
	assert_int_equal(faccessat(dir, ".f.new", F_OK, 0), -1);
	buf_free(&kept);
}

static void
test_replacing(void **state)
{
	char path[] = "/tmp/onehop-replacing-XXXXXX";
	static const char *const left[] = { "f", "f.old", "f.old2",
	    "f.old3" };
	int dir;

	(void)state;
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_one(dir, i);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		assert_int_equal(unlinkat(dir, left[i], 0), 0);
	close(dir);
	assert_int_equal(rmdir(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replacing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
