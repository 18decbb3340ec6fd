#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/canon.h"

/* Numbers in names are those of the behaviour expected of sendmail. */
static const struct {
	const char *in;
	size_t inlen;
	bool dots;
	const char *out;
	size_t used;		/* 0 if all */
} rows[] = {
#define ROW(in, dots, out, used) { in, sizeof(in) - 1, dots, out, used }
	ROW("", false, "", 0),
	ROW("a\n", false, "a\r\n", 0),
	ROW("a", false, "a\r\n", 0),
	ROW("\n", false, "\r\n", 0),
	ROW("\n\n", false, "\r\n\r\n", 0),
	/* CRLF, LF and their mixtures (36). */
	ROW("a\r\nb\nc\r\n", false, "a\r\nb\r\nc\r\n", 0),
	ROW("a\n\r\nb\r\n\n", false, "a\r\n\r\nb\r\n\r\n", 0),
	ROW("a\r\r\n", false, "a\r\n", 0),
	ROW("a\r\r\r\n\r\r\nb", false, "a\r\n\r\nb\r\n", 0),
	/* A CR that ends no line. */
	ROW("a\rb\n", false, "a b\r\n", 0),
	ROW("\ra\n", false, " a\r\n", 0),
	ROW("a\r\rb\r\n", false, "a  b\r\n", 0),
	ROW("a\r", false, "a\r\n", 0),
	ROW("\r", false, "\r\n", 0),
	ROW("a\n\r", false, "a\r\n\r\n", 0),
	/* NULs are dropped before anything else is looked at (39). */
	ROW("a\0b\n", false, "ab\r\n", 0),
	ROW("a\r\0\nb", false, "a\r\nb\r\n", 0),
	ROW("\0", false, "", 0),
	ROW("a\n\0", false, "a\r\n", 0),
	ROW("\0\n", false, "\r\n", 0),
	/* Without -i (34). */
	ROW("a\n.\nb\n", true, "a\r\n", 4),
	ROW("a\r\n.\r\nb\r\n", true, "a\r\n", 6),
	ROW(".\n", true, "", 2),
	ROW(".", true, "", 1),
	ROW(".\r", true, "", 2),
	ROW(".\r\r\nb", true, "", 4),
	ROW(".\0\nb", true, "", 3),
	ROW("..\n", true, ".\r\n", 0),
	ROW("...\n", true, "..\r\n", 0),
	ROW("..a\n.b\nc.\n", true, ".a\r\n.b\r\nc.\r\n", 0),
	ROW(".\r.\n", true, ". .\r\n", 0),
	ROW(".\ra\n", true, ". a\r\n", 0),
	ROW("\r.\n", true, " .\r\n", 0),
	ROW("a.\n", true, "a.\r\n", 0),
	ROW("..", true, ".\r\n", 0),
	/* With -i dots are data (35). */
	ROW("a\n.\n..\n", false, "a\r\n.\r\n..\r\n", 0),
	ROW(".", false, ".\r\n", 0),
#undef ROW
};

/* The canonical form must not depend on how the input is cut. */
static size_t
run(const char *in, size_t len, size_t piece, bool dots, struct canon *c,
    struct buf *out)
{
	size_t used = 0;

	canon_init(c, dots);
	while (used < len && !c->ended)
		used += canon_add(c, in + used,
		    len - used < piece ? len - used : piece, out);
	canon_finish(c, out);
	buf_remove(out, '\0');
	return used;
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t piece = 1; piece < 12; piece++) {
			size_t want = rows[i].used;
			struct buf out = { 0 };
			struct canon c;
			size_t used = run(rows[i].in, rows[i].inlen, piece,
			    rows[i].dots, &c, &out);

			buf_adds(&out, "");
			if (strcmp(out.data, rows[i].out) != 0)
				fail_msg("row %zu, pieces of %zu: \"%s\"", i,
				    piece, out.data);
			assert_int_equal(used,
			    want > 0 ? want : rows[i].inlen);
			assert_int_equal(c.ended, want > 0);
			assert_false(c.eightbit);
			buf_free(&out);
		}
	}
}

static void
test_eightbit(void **state)
{
	static const char text[] = "caf\303\251\n.\n";
	struct buf out = { 0 };
	struct canon c;

	(void)state;
	run(text, sizeof(text) - 1, 1, true, &c, &out);
	assert_true(c.eightbit);
	assert_string_equal(out.data, "caf\303\251\r\n");
	buf_clear(&out);
	/* What follows the end is no part of the message. */
	run(".\n\377", 3, 3, true, &c, &out);
	assert_false(c.eightbit);
	assert_int_equal(canon_add(&c, "a", 1, &out), 0);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

static size_t
count_nuls(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			n++;
	return n;
}

/* NULs pass and change nothing else. */
static void
test_nuls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = { 0 }, without = { 0 };
		struct canon c;

		canon_init(&c, rows[i].dots);
		canon_add(&c, rows[i].in, rows[i].inlen, &out);
		canon_finish(&c, &out);
		buf_adds(&without, "");
		for (size_t j = 0; j < out.len; j++)
			if (out.data[j] != '\0')
				buf_addc(&without, out.data[j]);
		assert_string_equal(without.data, rows[i].out);
		assert_int_equal(out.len - without.len,
		    count_nuls(rows[i].in, rows[i].inlen));
		buf_free(&out);
		buf_free(&without);
	}
}

/* Every byte but CR, LF and NUL stands for itself. */
static void
test_bytes(void **state)
{
	struct buf out = { 0 };
	struct canon c;
	char in[253], want[256];
	size_t n = 0;

	(void)state;
	for (int byte = 1; byte < 256; byte++)
		if (byte != '\r' && byte != '\n')
			in[n++] = (char)byte;
	assert_int_equal(n, sizeof(in));
	memcpy(want, in, n);
	memcpy(want + n, "\r\n", 2);
	run(in, n, n, true, &c, &out);
	assert_int_equal(out.len, n + 2);
	assert_memory_equal(out.data, want, n + 2);
	buf_free(&out);
}

static void
test_bare_lf(void **state)
{
	static const struct {
		const char *in;
		bool bare;
	} lines[] = {
		{ "", false }, { "a", false }, { "a\r", false },
		{ "a\r\n", false }, { "a\r\r\nb\rc\r\n", false },
		{ "a\n", true }, { "\n", true }, { "a\r\nb\n", true },
		{ "a\nb\r\n", true }, { "a\rb\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct buf out = { 0 };
		struct canon c;

		run(lines[i].in, strlen(lines[i].in), 1, false, &c, &out);
		assert_int_equal(c.bare_lf, lines[i].bare);
		buf_free(&out);
	}
}

static void
test_holds(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool holds;
	} texts[] = {
#define TEXT(text, holds) { text, sizeof(text) - 1, holds }
		TEXT("", true), TEXT("a", true), TEXT("a\r\n", true),
		TEXT("\r\n\r\n", true), TEXT("a\r\nb\r\n", true),
		TEXT("\n", false), TEXT("a\n", false), TEXT("\r\r\n", false),
		TEXT("\ra", false), TEXT("a\r\n\n", false),
		TEXT("a\0\r\n", false), TEXT("\0", false),
		TEXT("a\rb\r\n", false), TEXT("\n\r", false),
#undef TEXT
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t cut = 0; cut <= texts[i].len; cut++) {
			const char *text = texts[i].text;
			char last = cut > 0 ? text[cut - 1] : '\0';
			bool holds = canon_holds('\0', text, cut) &&
			    canon_holds(last, text + cut,
			    texts[i].len - cut);

			if (holds != texts[i].holds)
				fail_msg("row %zu, cut at %zu", i, cut);
		}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bare_lf),
		cmocka_unit_test(test_eightbit),
		cmocka_unit_test(test_nuls),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
