#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/dotted.h"

/* What comes in, whether LF ends lines, what is in it, what follows. */
static const struct row {
	const char *in;
	size_t inlen;
	bool lf;
	const char *out;
	size_t outlen;
	const char *rest;	/* NULL: it has not ended */
} rows[] = {
#define ROW(in, lf, out, rest) \
	{ in, sizeof(in) - 1, lf, out, sizeof(out) - 1, rest }
	ROW("", false, "", NULL),
	ROW(".\r\n", false, "", ""),
	ROW("a\r\n.\r\n", false, "a\r\n", ""),
	ROW("a\r\n.\r\nQUIT\r\n", false, "a\r\n", "QUIT\r\n"),
	ROW("a\r\n.\r\n.\r\n", false, "a\r\n", ".\r\n"),
	ROW("\r\n\r\n.\r\n", false, "\r\n\r\n", ""),
	/* RFC 5321, 4.5.2: the dot is lost if the line has more. */
	ROW("..\r\n.\r\n", false, ".\r\n", ""),
	ROW("...\r\n.\r\n", false, "..\r\n", ""),
	ROW(".a\r\n.\r\n", false, "a\r\n", ""),
	ROW(". \r\n.\r\n", false, " \r\n", ""),
	ROW("a.\r\n.b.\r\n.\r\n", false, "a.\r\nb.\r\n", ""),
	ROW(".\0\r\n.\r\n", false, "\0\r\n", ""),
	ROW("..\r\n", false, ".\r\n", NULL),
	ROW("a\r\n.", false, "a\r\n", NULL),
	ROW("a\r\n.\r", false, "a\r\n", NULL),
	/* None of these is the end but to programs that are too kind. */
	ROW("a\n.\nb\r\n.\r\n", false, "a\n.\nb\r\n", ""),
	ROW("a\n.\r\nb\r\n.\r\n", false, "a\n.\r\nb\r\n", ""),
	ROW("a\r\n.\nb\r\n.\r\n", false, "a\r\n\nb\r\n", ""),
	ROW("a\r.\r\nb\r\n.\r\n", false, "a\r.\r\nb\r\n", ""),
	ROW("a\r\n.\rb\r\n.\r\n", false, "a\r\n\rb\r\n", ""),
	ROW("a\r\n.\r\r\nb\r\n.\r\n", false, "a\r\n\r\r\nb\r\n", ""),
	ROW("a\r.\rb\r\n.\r\n", false, "a\r.\rb\r\n", ""),
	ROW("a\n.\n", false, "a\n.\n", NULL),
	ROW("a\n\r\n.\r\n", false, "a\n\r\n", ""),
	/* CR CR LF ends a line, and what follows it is one. */
	ROW("a\r\r\n.\r\n", false, "a\r\r\n", ""),
	/* Only a line that CRLF began has lost a dot. */
	ROW("a\n..b\r\n.\r\n", false, "a\n..b\r\n", ""),
	ROW("\n..b\r\n.\r\n", false, "\n..b\r\n", ""),
	/* LF throughout, and what clients of that kind mix in. */
	ROW(".\n", true, "", ""),
	ROW("a\n.\nQUIT\n", true, "a\n", "QUIT\n"),
	ROW("a\n..b\n.c\n.\n", true, "a\n.b\nc\n", ""),
	ROW("a\r\n.\r\nx", true, "a\r\n", "x"),
	ROW("a\r\n.\nx", true, "a\r\n", "x"),
	ROW("a\n.\r\nx", true, "a\n", "x"),
	ROW("a\r.\nb\n.\n", true, "a\r.\nb\n", ""),
	ROW("a\n.\r\r\nb\n.\n", true, "a\n\r\r\nb\n", ""),
	ROW("a\n.\rb\n.\n", true, "a\n\rb\n", ""),
#undef ROW
};

/* Gives the input in pieces: up to cut, then byte by byte or in one. */
static void
check(const struct row *row, size_t cut, bool bytes)
{
	struct buf out = { 0 };
	struct dotted d;
	size_t used, step;

	buf_adds(&out, "");
	dotted_init(&d, row->lf);
	used = dotted_add(&d, row->in, cut, &out);
	while (!d.ended && used < row->inlen) {
		step = bytes ? 1 : row->inlen - used;
		used += dotted_add(&d, row->in + used, step, &out);
	}
	if (out.len != row->outlen ||
	    memcmp(out.data, row->out, out.len) != 0)
		fail_msg("%s: %s instead of %s", row->in, out.data, row->out);
	assert_int_equal(d.ended, row->rest != NULL);
	if (row->rest != NULL)
		assert_string_equal(row->in + used, row->rest);
	else
		assert_int_equal(used, row->inlen);
	buf_free(&out);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t cut = 0; cut <= rows[i].inlen; cut++) {
			check(&rows[i], cut, false);
			check(&rows[i], cut, true);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
