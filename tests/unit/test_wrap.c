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
#include "mail/wrap.h"
#include "tests/unit/expand.h"

struct row {
	const char *in;
	const char *want;
};

static const struct row text[] = {
	{ "", "" },
	{ "\n\n", "\n\n" },
	{ "S: x\n", "S: x\n" },
	{ "S: x\n y\n", "S: x\n y\n" },
	{ "S:{x*996}\n", "S:{x*996}\n" },
	/* Before the last blank that fits. */
	{ "S:{x*996} y\n", "S:{x*996}\n y\n" },
	{ "S:{x*990} {y*5} {z*9}\n", "S:{x*990} {y*5}\n {z*9}\n" },
	{ "S:{x*500} {y*500} {z*500}\n", "S:{x*500}\n {y*500}\n {z*500}\n" },
	{ "S: {x*997}\n", "S:\n {x*997}\n" },
	{ "S: x\n {y*500} {z*500} w\n", "S: x\n {y*500}\n {z*500} w\n" },
	/* Where there is none. */
	{ "S:{x*997}\n", "S:{x*996}\n x\n" },
	{ "S:{x*3000}\n", "S:{x*996}\n {x*997}\n {x*997}\n {x*10}\n" },
	{ "S:{x*1500} y\n", "S:{x*996}\n {x*504} y\n" },
	/* After a comma in a value. */
	{ "S:{x*5},{y*990},{z*9},\n", "S:{x*5},\n {y*990},\n {z*9},\n" },
	{ "S,:{x*996}\n", "S,:{x*995}\n x\n" },
	/* Never within a character. */
	{ "S:{x*995}\303\251{y*9}\n", "S:{x*995}\n \303\251{y*9}\n" },
	{ "S:{x*994}\303\251{y*9}\n", "S:{x*994}\303\251\n {y*9}\n" },
	{ "S:{x*993}\360\237\230\200{y*9}\n",
	    "S:{x*993}\n \360\237\230\200{y*9}\n" },
	{ "S:{\200*998}\n", "S:{\200*992}\n {\200*6}\n" },
	/* Never before the colon of a field. */
	{ "S :{x*996}\n", "S :{x*995}\n x\n" },
	{ "S : {x*996}\n", "S :\n {x*996}\n" },
	{ "S{ *2000}: x\n", "S: x\n" },
	{ "S{ *997}:\n", "S:\n" },
	{ "S:\n{ *1500}: {x*996}\n", "S:\n :\n {x*996}\n" },
	/* No line of nothing but blanks. */
	{ "S:{x*996} \n", "S:{x*996}\n" },
	{ "S:{x*990}{ *500}\n", "S:{x*990}{ *6}\n" },
	{ "S:{x*900}{ *500}{y*300}\n", "S:{x*900}\n {y*300}\n" },
	{ "S:x{ *2000}y\n", "S:x\n y\n" },
	{ "S:\n{ *1500}{x*998}\n", "S:\n {x*997}\n x\n" },
};

static const struct row base64[] = {
	{ "abcd\n", "abcd\n" },
	{ "{abcd*249}\n", "{abcd*249}\n" },
	{ "{abcd*38}\n{abcd*250}\nef==\n", "{abcd*38}\n"
	    "{abcd*19}\n{abcd*19}\n{abcd*19}\n{abcd*19}\n{abcd*19}\n"
	    "{abcd*19}\n{abcd*19}\n{abcd*19}\n{abcd*19}\n{abcd*19}\n"
	    "{abcd*19}\n{abcd*19}\n{abcd*19}\nabcdabcdabcd\nef==\n" },
	{ "{x*76}--{x*921}\n", "{x*76}\n --{x*73}\n{x*76}\n{x*76}\n{x*76}\n"
	    "{x*76}\n{x*76}\n{x*76}\n{x*76}\n{x*76}\n{x*76}\n{x*76}\n{x*76}\n"
	    "{x*12}\n" },
};

#define SOFT(unit) unit "=\n" unit "=\n" unit "=\n" unit "=\n" unit "=\n" \
	unit "=\n" unit "=\n" unit "=\n" unit "=\n" unit "=\n" unit "=\n" \
	unit "=\n" unit "=\n"
static const struct row quoted[] = {
	{ "a=\nb\n", "a=\nb\n" },
	{ "{x*998}\n", "{x*998}\n" },
	{ "{x*999}\n{x*998}\n", SOFT("{x*75}") "{x*24}\n{x*998}\n" },
	{ "{x*998}=\nyz\n", SOFT("{x*75}") "{x*23}=\nyz\n" },
	/* Neither =XX, nor a character, nor a run of blanks is split. */
	{ "{=3D*333}\n", SOFT("{=3D*25}") "{=3D*8}\n" },
	{ "{x*74}{=3D*333}\n", "{x*74}=\n" SOFT("{=3D*25}") "{=3D*8}\n" },
	{ "{\303\251*500}\n", SOFT("{\303\251*37}") "{\303\251*19}\n" },
	{ "{x*74}  {y*1075}\n", "{x*73}=\nx  {y*72}=\n" SOFT("{y*75}")
	    "{y*28}\n" },
	{ "{x*75}-{y*1074}\n", "{x*74}=\nx-{y*73}=\n" SOFT("{y*75}")
	    "{y*26}\n" },
	/* Where there is no good place. */
	{ "{-*1000}\n", "{-*997}=\n=2D--\n" },
	{ "{ *1000}\n", "{ *997}=\n   \n" },
};

static void
check(const struct row *row, enum wrap_style style)
{
	struct buf in = { 0 }, want = { 0 }, out = { 0 }, line = { 0 };

	expand(&in, row->in);
	expand(&want, row->want);
	for (size_t at = 0; at <= in.len; at++) {
		struct wrap w = { .style = style, .line = &line };

		buf_clear(&out);
		buf_adds(&out, "");
		wrap_add(&w, in.data, at, &out);
		wrap_add(&w, in.data + at, in.len - at, &out);
		if (strcmp(out.data, want.data) != 0)
			fail_msg("%s, cut at %zu:\n%s", row->in, at, out.data);
		assert_int_equal(line.len, 0);
	}
	buf_free(&in);
	buf_free(&want);
	buf_free(&out);
	buf_free(&line);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		check(&text[i], WRAP_TEXT);
	for (size_t i = 0; i < sizeof(base64) / sizeof(base64[0]); i++)
		check(&base64[i], WRAP_BASE64);
	for (size_t i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++)
		check(&quoted[i], WRAP_QUOTED);
}

static void
test_fold(void **state)
{
	struct buf in = { 0 }, want = { 0 }, out = { 0 };

	(void)state;
	expand(&in, "S: {x*600} {y*600}\n z\n");
	expand(&want, "S: {x*600}\n {y*600}\n z\n");
	buf_adds(&out, "a\r\n");
	wrap_fold(&out, in.data, in.len);
	assert_memory_equal(out.data, "a\r\n", 3);
	assert_string_equal(out.data + 3, want.data);
	buf_free(&in);
	buf_free(&want);
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_fold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
