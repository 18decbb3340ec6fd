#include <config.h>

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
#include "mail/fold.h"

/*
 * What a line is made of and becomes: texts with repetitions, where "a*5"
 * stands for aaaaa, "_" for a blank and "|" for a line end.
 */
static const struct {
	const char *in;
	const char *want;
} rows[] = {
	{ "S:_x|", "S:_x|" },
	{ "S:_x|_y|", "S:_x|_y|" },
	{ "S:x*996|", "S:x*996|" },
	/* Before the last blank that fits. */
	{ "S:x*996_y|", "S:x*996|_y|" },
	{ "S:x*990_y*5_z*9|", "S:x*990_y*5|_z*9|" },
	{ "S:x*500_y*500_z*500|", "S:x*500|_y*500|_z*500|" },
	{ "S:_x*997|", "S:|_x*997|" },
	{ "S:x|_y*500_z*500|_w|", "S:x|_y*500|_z*500|_w|" },
	/* Where there is none. */
	{ "S:x*997|", "S:x*996|_x|" },
	{ "S:x*3000|", "S:x*996|_x*997|_x*997|_x*10|" },
	{ "S:x*1500_y|", "S:x*996|_x*504_y|" },
	/* Never within a character. */
	{ "S:x*995\303\251y*9|", "S:x*995|_\303\251y*9|" },
	{ "S:x*994\303\251y*9|", "S:x*994\303\251|_y*9|" },
	{ "S:x*993\360\237\230\200y*9|", "S:x*993|_\360\237\230\200y*9|" },
	{ "S:\200*998|", "S:\200*992|_\200*6|" },
	/* No line of nothing but blanks. */
	{ "S:x*990_*500|", "S:x*990_*6|" },
	{ "S:x*900_*500y*300|", "S:x*900|_y*300|" },
	{ "S:x_*2000y|", "S:x|_y|" },
};

static void
expand(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		unsigned long n = 1;
		char c = *text, *end;

		if (c == '|') {
			buf_adds(out, "\r\n");
			continue;
		}
		if (text[1] == '*') {
			n = strtoul(text + 2, &end, 10);
			text = end - 1;
		}
		while (n-- > 0)
			buf_addc(out, c == '_' ? ' ' : c);
	}
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf in = { 0 }, want = { 0 }, out = { 0 };

		expand(rows[i].in, &in);
		expand(rows[i].want, &want);
		fold_add(&out, in.data, in.len);
		if (strcmp(out.data, want.data) != 0)
			fail_msg("%s:\n%s", rows[i].in, out.data);
		buf_free(&in);
		buf_free(&want);
		buf_free(&out);
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
