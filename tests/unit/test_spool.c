#include <config.h>

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "spool/entry.h"
#include "spool/spool.h"

#define ID "5F5E1000ABCDE"

static const struct entry entry = { 0x5f5e1000abcde, -1 };
static char directory[] = "/tmp/onehop.XXXXXX";
static char path[sizeof(directory) + sizeof("/spool")];

static const struct {
	const char *name;
	mode_t mode;
} parts[] = {
	{ ".", S_IFDIR | 0711 },
	{ "tmp", S_IFDIR | 03730 },
	{ "new", S_IFDIR | 03770 },
	{ "cur", S_IFDIR | 0700 },
	{ "hold", S_IFDIR | 0700 },
	{ "failed", S_IFDIR | 0700 },
	{ "corrupt", S_IFDIR | 0700 },
	{ "trigger", S_IFIFO | 0620 },
};

static void
put(int spool, const char *name, const char *text)
{
	int fd = openat(spool, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static bool
holds(int spool, const char *name, const char *text)
{
	char content[64] = "";
	int fd = openat(spool, name, O_RDONLY | O_NOFOLLOW);

	if (fd == -1)
		return false;
	assert_int_not_equal(read(fd, content, sizeof(content) - 1), -1);
	close(fd);
	return strcmp(content, text) == 0;
}

static void
check_parts(int spool)
{
	struct stat st;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		assert_int_equal(fstatat(spool, parts[i].name, &st, 0), 0);
		if (st.st_mode != parts[i].mode)
			fail_msg("%s has %o", parts[i].name, st.st_mode);
	}
}

static void
remove_spool(void)
{
	char command[sizeof(path) + sizeof("rm -rf ")];

	snprintf(command, sizeof(command), "rm -rf %s", path);
	assert_int_equal(system(command), 0);
}

/* Whatever is missing is made, whatever the umask. */
static void
test_make(void **state)
{
	static const mode_t masks[] = { 0, 022, 077, 0777 };
	mode_t before;
	int spool;

	(void)state;
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		remove_spool();
		before = umask(masks[i]);
		spool = spool_open(path);
		umask(before);
		assert_int_not_equal(spool, -1);
		check_parts(spool);
		/* A crash before all was made has left no trigger. */
		assert_int_equal(unlinkat(spool, "hold", AT_REMOVEDIR), 0);
		assert_int_equal(unlinkat(spool, "trigger", 0), 0);
		put(spool, "new/" ID, "kept");
		close(spool);
		before = umask(masks[i]);
		spool = spool_open(path);
		umask(before);
		assert_int_not_equal(spool, -1);
		check_parts(spool);
		assert_true(holds(spool, "new/" ID, "kept"));
		close(spool);
	}
}

/*
 * What root makes in the spool of another is that other's, and nothing else
 * is touched, whatever it is linked to.
 */
static void
test_another_owner(void **state)
{
	char elsewhere[] = "/tmp/onehop.XXXXXX";
	struct stat st;
	int spool;

	(void)state;
	if (geteuid() != 0)
		skip();
	remove_spool();
	assert_non_null(mkdtemp(elsewhere));
	assert_int_equal(mkdir(path, 0711), 0);
	assert_int_equal(chown(path, 1234, 5678), 0);
	spool = spool_open(path);
	assert_int_not_equal(spool, -1);
	check_parts(spool);
	assert_int_equal(fstatat(spool, "tmp", &st, 0), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 5678);
	assert_int_equal(fstatat(spool, "trigger", &st, 0), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(unlinkat(spool, "trigger", 0), 0);
	assert_int_equal(unlinkat(spool, "hold", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat(elsewhere, spool, "hold"), 0);
	close(spool);
	assert_int_equal(spool_open(path), -1);
	assert_int_equal(stat(elsewhere, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	rmdir(elsewhere);
	remove_spool();
}

static void
test_cannot_make(void **state)
{
	char file[sizeof(path) + sizeof("/trigger")];

	(void)state;
	assert_int_equal(spool_open(""), -1);
	snprintf(file, sizeof(file), "%s/no/no", path);
	assert_int_equal(spool_open(file), -1);
	assert_int_equal(errno, ENOENT);
	snprintf(file, sizeof(file), "%s/trigger", path);
	assert_int_equal(spool_open(file), -1);
	assert_int_equal(errno, ENOTDIR);
}

static void
test_names(void **state)
{
	(void)state;
	for (int i = 0; i < SPOOL_STATES; i++)
		assert_string_equal(spool_name((enum spool_state)i),
		    parts[i + 1].name);
}

static void
test_move(void **state)
{
	int spool = *(int *)*state;
	struct stat st;

	put(spool, "new/" ID, "one");
	assert_int_equal(spool_move(spool, SPOOL_NEW, ID, SPOOL_CUR,
	    ID ".1700000000"), 0);
	assert_true(holds(spool, "cur/" ID ".1700000000", "one"));
	/* To its own name, where it is or is not. */
	assert_int_equal(spool_move(spool, SPOOL_CUR, ID ".1700000000",
	    SPOOL_CUR, ID ".1700000000"), 0);
	assert_true(holds(spool, "cur/" ID ".1700000000", "one"));
	assert_int_equal(spool_move(spool, SPOOL_CUR, ID, SPOOL_CUR, ID), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(spool_stat(spool, SPOOL_NEW, ID, &st), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(spool_stat(spool, SPOOL_CUR, ID ".1700000000", &st),
	    0);
	assert_int_equal(st.st_size, 3);
	/* Never over another, be it only a name. */
	put(spool, "hold/" ID, "two");
	assert_int_equal(symlinkat("nowhere", spool, "failed/" ID), 0);
	assert_int_equal(spool_move(spool, SPOOL_CUR, ID ".1700000000",
	    SPOOL_HOLD, ID), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(spool_move(spool, SPOOL_CUR, ID ".1700000000",
	    SPOOL_FAILED, ID), -1);
	assert_int_equal(errno, EEXIST);
	assert_true(holds(spool, "hold/" ID, "two"));
	assert_true(holds(spool, "cur/" ID ".1700000000", "one"));
	assert_int_equal(spool_move(spool, SPOOL_NEW, ID, SPOOL_CUR, ID), -1);
	assert_int_equal(errno, ENOENT);
	/* What a link points to is not what is looked at. */
	assert_int_equal(spool_stat(spool, SPOOL_FAILED, ID, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(spool_remove(spool, SPOOL_FAILED, ID), 0);
	assert_int_equal(spool_remove(spool, SPOOL_HOLD, ID), 0);
	assert_int_equal(spool_remove(spool, SPOOL_CUR, ID ".1700000000"), 0);
	assert_int_equal(spool_remove(spool, SPOOL_CUR, ID), -1);
	assert_int_equal(errno, ENOENT);
}

static void
check_refused(int spool, const char *what)
{
	static const int flags[] = { O_RDONLY, O_RDWR, O_WRONLY };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		errno = 0;
		if (spool_open_entry(spool, SPOOL_NEW, &entry, flags[i]) !=
		    -1 || errno != EINVAL)
			fail_msg("%s, %d: errno %d", what, flags[i], errno);
	}
}

/* The directory is open to a group: what is planted there is not opened. */
static void
test_open_entry(void **state)
{
	const struct entry later = { entry.arrival, 1700000000 };
	int spool = *(int *)*state;
	int fd;

	assert_int_equal(spool_open_entry(spool, SPOOL_NEW, &entry, O_RDWR),
	    -1);
	assert_int_equal(errno, ENOENT);
	put(spool, "new/" ID, "x");
	fd = spool_open_entry(spool, SPOOL_NEW, &entry, O_RDWR);
	assert_int_not_equal(fd, -1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	put(spool, "cur/" ID ".1700000000", "x");
	fd = spool_open_entry(spool, SPOOL_CUR, &later, O_RDONLY);
	assert_int_not_equal(fd, -1);
	close(fd);
	assert_int_equal(linkat(spool, "new/" ID, spool, "hold/x", 0), 0);
	check_refused(spool, "hard link");
	assert_int_equal(unlinkat(spool, "hold/x", 0), 0);
	assert_int_equal(unlinkat(spool, "new/" ID, 0), 0);
	assert_int_equal(symlinkat("../cur/" ID ".1700000000", spool,
	    "new/" ID), 0);
	check_refused(spool, "symbolic link");
	assert_int_equal(unlinkat(spool, "new/" ID, 0), 0);
	assert_int_equal(symlinkat("nowhere", spool, "new/" ID), 0);
	check_refused(spool, "dangling link");
	assert_int_equal(unlinkat(spool, "new/" ID, 0), 0);
	assert_int_equal(mkfifoat(spool, "new/" ID, 0600), 0);
	check_refused(spool, "FIFO");
	assert_int_equal(unlinkat(spool, "new/" ID, 0), 0);
	assert_int_equal(mkdirat(spool, "new/" ID, 0700), 0);
	check_refused(spool, "directory");
	assert_int_equal(unlinkat(spool, "new/" ID, AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(spool, "cur/" ID ".1700000000", 0), 0);
}

struct seen {
	int spool;
	int names;
	int left;		/* until it stops */
};

static int
take(void *arg, const char *name)
{
	struct seen *s = arg;

	assert_int_equal(name[0], 'n');
	s->names |= 1 << (name[1] - '0');
	if (--s->left == 0)
		return 17;
	return spool_remove(s->spool, SPOOL_HOLD, name);
}

static void
test_scan(void **state)
{
	int spool = *(int *)*state;
	struct seen s = { .spool = spool, .left = 100 };

	assert_int_equal(spool_scan(spool, SPOOL_HOLD, take, &s), 0);
	assert_int_equal(s.names, 0);
	for (char name[] = "hold/n0"; name[6] < '8'; name[6]++)
		put(spool, name, "");
	assert_int_equal(spool_scan(spool, SPOOL_HOLD, take, &s), 0);
	assert_int_equal(s.names, 0xff);
	assert_int_equal(spool_scan(spool, SPOOL_HOLD, take, &s), 0);
	assert_int_equal(s.left, 92);
	put(spool, "hold/n1", "");
	put(spool, "hold/n2", "");
	s.left = 1;
	assert_int_equal(spool_scan(spool, SPOOL_HOLD, take, &s), 17);
	assert_int_equal(s.left, 0);
	s.left = 100;
	assert_int_equal(spool_scan(spool, SPOOL_HOLD, take, &s), 0);
	assert_int_equal(spool_sync(spool, SPOOL_HOLD), 0);
	assert_int_equal(unlinkat(spool, "hold", AT_REMOVEDIR), 0);
	assert_int_equal(spool_scan(spool, SPOOL_HOLD, take, &s), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(spool_sync(spool, SPOOL_HOLD), -1);
	assert_int_equal(errno, ENOENT);
}

static int
open_spool(void **state)
{
	static int spool;

	remove_spool();
	spool = spool_open(path);
	*state = &spool;
	return spool == -1 ? -1 : 0;
}

static int
close_spool(void **state)
{
	close(*(int *)*state);
	remove_spool();
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/spool", directory);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	remove_spool();
	return rmdir(directory);
}

int
main(void)
{
#define WITH_SPOOL(test) \
	cmocka_unit_test_setup_teardown(test, open_spool, close_spool)
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_cannot_make),
		cmocka_unit_test(test_another_owner),
		cmocka_unit_test(test_names),
		WITH_SPOOL(test_move),
		WITH_SPOOL(test_open_entry),
		WITH_SPOOL(test_scan),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
