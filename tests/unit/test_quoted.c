#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/quoted.h"
#include "tests/unit/expand.h"

static const struct {
	const char *in;
	const char *want;
} rows[] = {
	{ "", "" },
	{ "\n", "\n" },
	{ "a\n\nb\n", "a\n\nb\n" },
	/* RFC 2045, section 6.7, example, and what must be encoded. */
	{ "a=b", "a=3Db" },
	{ "caf\303\251\001\177~!\n", "caf=C3=A9=01=7F~!\n" },
	{ "a b\tc\n", "a b\tc\n" },
	{ "a \n", "a=20\n" },
	{ "a\t\n", "a=09\n" },
	{ "a  \n \n", "a =20\n=20\n" },
	{ "a ", "a=20" },
	/* Lines of 76 and 77. */
	{ "{x*76}\n", "{x*76}\n" },
	{ "{x*77}\n", "{x*75}=\nxx\n" },
	{ "{x*76}", "{x*76}" },
	{ "{x*200}\n", "{x*75}=\n{x*75}=\n{x*50}\n" },
	{ "{x*73}=\n", "{x*73}=3D\n" },
	{ "{x*74}=\n", "{x*74}=\n=3D\n" },
	{ "{x*72}=y\n", "{x*72}=3Dy\n" },
	{ "{x*73}=y\n", "{x*73}=\n=3Dy\n" },
	{ "{x*75} y\n", "{x*75}=\n y\n" },
	{ "{x*75} \n", "{x*75}=\n=20\n" },
	{ "{\303\251*13}\n", "{=C3=A9*12}=C3=\n=A9\n" },
	/* What relays change. */
	{ "From x\n", "From=20x\n" },
	{ "From \n", "From=20\n" },
	{ "From\n", "From\n" },
	{ "Fromx y\n", "Fromx y\n" },
	{ "FFrom x\nFFFrom \n", "FFrom x\nFFFrom=20\n" },
	{ ">From x\n", ">From x\n" },
	{ "a\nFrom x\n", "a\nFrom=20x\n" },
	{ "{x*75}From y\n", "{x*75}=\nFrom=20y\n" },
	{ ".\n", "=2E\n" },
	{ ".", "=2E" },
	{ "..\n.a\n", "..\n.a\n" },
	{ "{x*76}.\n", "{x*75}=\nx.\n" },
	{ "{x*75}y.\n", "{x*75}=\ny.\n" },
	{ "{x*73}\303.\n", "{x*73}=\n=C3.\n" },
	{ "{x*72}\303..\n", "{x*72}=C3=\n..\n" },
	/* No delimiter appears that was none. */
	{ "--a\n", "--a\n" },
	{ "{x*75}--a\n", "{x*75}=\n=2D-a\n" },
	{ "{-*150}\n", "{-*75}=\n=2D{-*72}=\n=2D-\n" },
};

static void
encode(const char *in, size_t len, size_t at, struct buf *out)
{
	struct quoted q = { .column = 0 };

	buf_adds(out, "");
	quoted_add(&q, in, at, out);
	quoted_add(&q, in + at, len - at, out);
	quoted_finish(&q, out);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf in = { 0 }, want = { 0 };

		expand(&in, rows[i].in);
		expand(&want, rows[i].want);
		for (size_t at = 0; at <= in.len; at++) {
			struct buf out = { 0 };

			encode(in.data, in.len, at, &out);
			if (strcmp(out.data, want.data) != 0)
				fail_msg("%s, cut at %zu:\n%s", rows[i].in,
				    at, out.data);
			buf_free(&out);
		}
		buf_free(&in);
		buf_free(&want);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
