#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "smtp/content.h"

/* RFC 5321, section 4.5.2; a dot after a mere LF is stuffed as well. */
static const struct {
	const char *in;
	const char *out;
} rows[] = {
	{ "a\r\n", "a\r\n" },
	{ ".\r\n", "..\r\n" },
	{ "..\r\n", "...\r\n" },
	{ ".a\r\n.b\r\nc.\r\n", "..a\r\n..b\r\nc.\r\n" },
	{ "a.b\r\n\r\n.\r\n", "a.b\r\n\r\n..\r\n" },
	{ "a\n.\nb\r\n", "a\n..\nb\r\n" },
	{ "a\r.\r\n", "a\r.\r\n" },
	{ "\r\n", "\r\n" },
};

/* However it is cut in two. */
static void
test_stuffing(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *in = rows[i].in;

		for (size_t cut = 0; cut <= strlen(in); cut++) {
			bool in_line = false;

			buf_clear(&out);
			content_stuff(in, cut, &in_line, &out);
			content_stuff(in + cut, strlen(in) - cut, &in_line,
			    &out);
			assert_string_equal(out.data, rows[i].out);
			assert_false(in_line);
		}
	}
	buf_free(&out);
}

/* Puts a file of this text between 3 bytes that do not belong to it. */
static struct content
make_content(FILE *file, const char *text, bool dotted)
{
	fprintf(file, "xyz%sxyz", text);
	fflush(file);
	return (struct content){
		.fd = fileno(file),
		.offset = 3,
		.left = (off_t)strlen(text),
		.dotted = dotted,
	};
}

static void
test_file(void **state)
{
	static const struct {
		const char *text;
		bool dotted;
		const char *want;
	} files[] = {
		{ "a\r\n.b\r\n", false, "a\r\n.b\r\n" },
		{ "a\r\n.b\r\n", true, "a\r\n..b\r\n.\r\n" },
		{ "a", true, "a\r\n.\r\n" },
		{ "", true, ".\r\n" },
		{ "", false, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *file = tmpfile();
		struct content c = make_content(file, files[i].text,
		    files[i].dotted);
		struct buf out = { 0 };

		assert_int_equal(content_add(&c, &out), 0);
		assert_int_equal(c.left, 0);
		assert_string_equal(out.data, files[i].want);
		buf_free(&out);
		fclose(file);
	}
}

static void
test_short_file(void **state)
{
	FILE *file = tmpfile();
	struct content c = make_content(file, "a\r\n", true);
	struct buf out = { 0 };

	(void)state;
	c.left += 100;
	assert_int_equal(content_add(&c, &out), 0);
	assert_int_equal(c.left, 97);
	assert_int_equal(content_add(&c, &out), -1);
	assert_int_equal(errno, ENODATA);
	assert_null(strstr(out.data, "\n.\r\n"));
	buf_free(&out);
	fclose(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stuffing),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_short_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
