#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/phrase.h"

/* Ten times an o with two dots, and what it takes to encode that. */
#define O3 "\303\266\303\266\303\266"
#define O9 O3 O3 O3
#define E3 "=C3=B6=C3=B6=C3=B6"
#define E9 E3 E3 E3

static const struct {
	const char *name;
	const char *want;
} rows[] = {
	{ "Alice", "Alice" },
	{ "Alice Example", "Alice Example" },
	{ "O'Example + Co! {x}|y~`^_/?*&%$#-=", /* each may be in an atom */
	  "O'Example + Co! {x}|y~`^_/?*&%$#-=" },
	{ "Alice Q. O'Example (Ops)", "\"Alice Q. O'Example (Ops)\"" },
	{ "Example, Alice", "\"Example, Alice\"" },
	{ "a@b", "\"a@b\"" },
	{ "<a>", "\"<a>\"" },
	{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "a:b;c[d]", "\"a:b;c[d]\"" },
	/* Nothing can end the line. */
	{ "a\r\nBcc: b", "\"a  Bcc: b\"" },
	{ "a\tb\177c\001d", "\"a b c d\"" },
	{ "J\303\266rg Example", "=?utf-8?Q?J=C3=B6rg_Example?=" },
	{ "\346\227\245\346\234\254", "=?utf-8?Q?=E6=97=A5=E6=9C=AC?=" },
	{ "\360\237\230\200", "=?utf-8?Q?=F0=9F=98=80?=" },
	{ "J\303\266\r\nBcc: b", "=?utf-8?Q?J=C3=B6__Bcc=3A_b?=" },
	{ "\303\266_?=.\"", "=?utf-8?Q?=C3=B6=5F=3F=3D=2E=22?=" },
	/* What is not UTF-8: latin 1, too long, a surrogate, cut short. */
	{ "J\366rg", "=?unknown-8bit?Q?J=F6rg?=" },
	{ "\300\200", "=?unknown-8bit?Q?=C0=80?=" },
	{ "\340\200\200", "=?unknown-8bit?Q?=E0=80=80?=" },
	{ "\355\240\200", "=?unknown-8bit?Q?=ED=A0=80?=" },
	{ "\364\220\200\200", "=?unknown-8bit?Q?=F4=90=80=80?=" },
	{ "x\303", "=?unknown-8bit?Q?x=C3?=" },
	/* It must not read as what it is not. */
	{ "=?utf-8?Q?x?=", "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=" },
	/* 58 bytes fit into a word, the last counted as if encoded. */
	{ O9 "aa", "=?utf-8?Q?" E9 "aa?=" },
	{ O9 "aaa", "=?utf-8?Q?" E9 "aa?=\r\n =?utf-8?Q?a?=" },
	{ O9 O9, "=?utf-8?Q?" E9 "?=\r\n =?utf-8?Q?" E9 "?=" },
};

static void
test_rows(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		buf_adds(&out, "From: ");
		phrase_add(&out, rows[i].name);
		if (strcmp(out.data + 6, rows[i].want) != 0)
			fail_msg("\"%s\": %s", rows[i].name, out.data);
	}
	buf_free(&out);
}

/* However long it is, a word has at most 75 bytes (RFC 2047, section 2). */
static void
test_long(void **state)
{
	static const char *const starts[] = { "\303\266", "\366" };
	struct buf name = { 0 }, out = { 0 };

	(void)state;
	for (size_t n = 0; n < 400; n++) {
		char *rest, *word;

		buf_clear(&name);
		buf_clear(&out);
		buf_adds(&name, starts[n % 2]);
		for (size_t i = 0; i < n; i++)
			buf_adds(&name, i % 7 == 3 ? starts[n % 2] : "a");
		phrase_add(&out, name.data);
		rest = out.data;
		while ((word = strsep(&rest, "\n")) != NULL) {
			size_t len = strlen(word);

			if (rest != NULL)
				assert_int_equal(word[--len], '\r');
			if (word != out.data) {
				assert_int_equal(*word++, ' ');
				len--;
			}
			assert_in_range(len, 1, 75);
			assert_memory_equal(word, "=?", 2);
			assert_memory_equal(word + len - 2, "?=", 2);
		}
	}
	buf_free(&name);
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
