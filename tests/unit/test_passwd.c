#include <config.h>

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/passwd.h"

#define ROOT "root:x:0:0:root:/root:/bin/bash\n"

static const struct {
	const char *text;
	uid_t uid;
	const char *name;	/* NULL: it is not there */
	const char *gecos;
} rows[] = {
	{ ROOT, 0, "root", "root" },
	{ ROOT, 1, NULL, NULL },
	{ ROOT "a:x:7:7:A,1,2:/:/bin/sh", 7, "a", "A,1,2" },
	{ "a:x:7:7::/:\n", 7, "a", "" },
	{ "\n\n" ROOT, 0, "root", "root" },
	{ "", 0, NULL, NULL },
	{ "\n", 0, NULL, NULL },
	/* The first one counts. */
	{ "toor:x:0:0:other:/:/\n" ROOT, 0, "toor", "other" },
	{ "a:x:17:7:A:/:\nb:x:7:17:B:/:\n", 7, "b", "B" },
	/* What the name service makes of a line, we do too. */
	{ "a:x:7:7:A\n", 7, "a", "A" },
	{ "a:x:7:7\n", 7, "a", "" },
	{ "a::7:7:A:/:", 7, "a", "A" },
	{ "a:x:007:7:A:/:", 7, "a", "A" },
	{ "a:x:4294967294:7:A:/:", 4294967294, "a", "A" },
	/* Its instructions, comments and nonsense are no accounts. */
	{ "+::::::\n", 0, NULL, NULL },
	{ "+::0:0:::\n" ROOT, 0, "root", "root" },
	{ "-x:x:0:0:::\n", 0, NULL, NULL },
	{ "+@group:x:0:0:::\n", 0, NULL, NULL },
	{ "#old:x:0:0:::\n" ROOT, 0, "root", "root" },
	{ ":x:0:0:::\n", 0, NULL, NULL },
	{ " a:x:0:0:::\n", 0, NULL, NULL },
	{ "a\n" ROOT, 0, "root", "root" },
	{ "a:x\n" ROOT, 0, "root", "root" },
	{ "a:x:0\n" ROOT, 0, "root", "root" },
	{ "a:x:::A:/:\n", 0, NULL, NULL },
	{ "a:x:0::A:/:\n", 0, NULL, NULL },
	{ "a:x: 0:0:A:/:\n", 0, NULL, NULL },
	{ "a:x:-1:0:A:/:\n", 4294967295, NULL, NULL },
	{ "a:x:4294967296:0:A:/:\n", 0, NULL, NULL },
	{ "a:x:0x7:0:A:/:\n", 7, NULL, NULL },
};

static void
assert_field(const char *field, size_t len, const char *expected)
{
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(field, expected, len);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct passwd_entry e;
		size_t len = strlen(rows[i].text);
		char *text = malloc(len + 1);	/* without a NUL */
		bool found;

		memcpy(text, rows[i].text, len);
		found = passwd_find(text, len, rows[i].uid, &e);
		if (found != (rows[i].name != NULL))
			fail_msg("%s", rows[i].text);
		if (found) {
			assert_field(e.name, e.namelen, rows[i].name);
			assert_field(e.gecos, e.gecoslen, rows[i].gecos);
		}
		free(text);
	}
}

/* This machine's accounts, by us and by the C library. */
static void
test_as_fgetpwent(void **state)
{
	FILE *file = fopen("/etc/passwd", "r");
	struct buf text = { 0 };
	struct passwd *pw;
	int n;

	(void)state;
	assert_non_null(file);
	while (io_read(fileno(file), &text, 4096) > 0)
		continue;
	rewind(file);
	for (n = 0; (pw = fgetpwent(file)) != NULL; n++) {
		struct passwd_entry e;
		char *name = strdup(pw->pw_name), *gecos;

		gecos = strdup(pw->pw_gecos);
		assert_true(passwd_find(text.data, text.len, pw->pw_uid, &e));
		if (e.namelen == strlen(name) &&
		    memcmp(e.name, name, e.namelen) == 0)
			assert_field(e.gecos, e.gecoslen, gecos);
		else
			assert_true(e.name < text.data + text.len);
		free(name);
		free(gecos);
	}
	assert_true(n > 0);
	fclose(file);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_as_fgetpwent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
