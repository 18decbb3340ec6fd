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
#include "mail/fill.h"
#include "tests/unit/expand.h"

struct row {
	const char *in;		/* as in expand.h */
	const char *want;
};

static const struct row fields[] = {
	{ "A: b", "A: b\n" },
	{ "A: {x*75}", "A: {x*75}\n" },
	{ "A: {x*76}", "A:\n {x*76}\n" },
	{ "A: {x*70} yyyy", "A: {x*70} yyyy\n" },
	{ "A: {x*70} yyyyy", "A: {x*70}\n yyyyy\n" },
	{ "A: {x *60}", "A:{ x*38}\n{ x*22}\n" },
	/* Blanks stay: they may be in a quoted string. */
	{ "A: {x*70}   yyyyy", "A: {x*70}\n   yyyyy\n" },
	{ "A: \"a   b\"   ", "A: \"a   b\"\n" },
	{ "A:  ", "A:\n" },
	/* Where there is none, 998. */
	{ "A: {x*1500}", "A:\n {x*997}\n {x*503}\n" },
	/* Nothing gets out. */
	{ "A: b\nB: c", "A: b??B: c\n" },
	{ "A: \001\t\033\177", "A: ????\n" },
	{ "A: \303\251\377", "A: ??\n" },
};

static const struct row texts[] = {
	{ "", "  \n" },
	{ "a", "  a\n" },
	{ "  a", "  a\n" },
	{ "{x*72} y", "  {x*72} y\n" },
	{ "{x*73}  y", "  {x*73}\n  y\n" },
	{ "{ x*60}", "  x{ x*36}\n  x{ x*22}\n" },
	{ "{x*80} y", "  {x*80}\n  y\n" },
	{ "{x*1200}", " {x*997}\n {x*203}\n" },
	{ "a\n.\n", "  a??.??\n" },
	{ "caf\303\251 \302\205 \377", "  caf\303\251 ? ?\n" },
	{ "{\303\251*37}x y", "  {\303\251*37}x\n  y\n" },
};

static void
check(const struct row *row, bool field)
{
	struct buf in = { 0 }, want = { 0 }, out = { 0 };

	expand(&in, row->in);
	expand(&want, row->want);
	if (field)
		fill_field(&out, true, "%s", in.data);
	else
		fill_text(&out, "  ", "%s", in.data);
	assert_string_equal(out.data, want.data);
	buf_free(&in);
	buf_free(&want);
	buf_free(&out);
}

static void
test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		check(&fields[i], true);
}

static void
test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check(&texts[i], false);
}

static void
test_paragraph(void **state)
{
	struct buf out = { 0 };

	(void)state;
	fill_paragraph(&out, "%s", "a b\n");
	fill_paragraph(&out, "%d", 7);
	assert_string_equal(out.data, "a b?\r\n\r\n7\r\n\r\n");
	buf_free(&out);
}

static void
test_utf8_field(void **state)
{
	struct buf out = { 0 };

	(void)state;
	fill_field(&out, false, "To: %s", "caf\303\251\302\200@example.net\n");
	assert_string_equal(out.data, "To: caf\303\251?@example.net?\r\n");
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_paragraph),
		cmocka_unit_test(test_utf8_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
