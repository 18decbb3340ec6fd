#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire.h"

static const struct {
	const char *text;
	size_t len;
} tokens[] = {
#define TOKEN(text) { text, sizeof(text) - 1 }
	TOKEN("\r"), TOKEN("\n"), TOKEN("\r\n"), TOKEN("\r\r\n"),
	TOKEN("\n\r"), TOKEN("."), TOKEN(".."), TOKEN("\0"),
	TOKEN("\r\n.\r\n"), TOKEN("\n.\r\n"), TOKEN("\n.\n"),
	TOKEN("\r.\r"), TOKEN("\r\n.\r"), TOKEN("\r\n.\n"),
	TOKEN("\r\0\n"), TOKEN("\r\n\0.\r\n"), TOKEN("\r\n.\0\r\n"),
	TOKEN("MAIL FROM:<evil@example.com>\r\n"), TOKEN("DATA\r\n"),
	TOKEN("BDAT 10 LAST\r\n"), TOKEN("To: evil@example.net"),
	TOKEN("Content-Type: multipart/mixed; boundary=b"), TOKEN("\n--b\n"),
	TOKEN("Content-Type: message/rfc822"), TOKEN("From here"),
	TOKEN(" "), TOKEN("\t"), TOKEN(": "), TOKEN("="), TOKEN("\200"),
	TOKEN("\303\251"), TOKEN("\215\212\256\215\212"), TOKEN("x"),
#undef TOKEN
};

/* The same numbers each time. */
static uint32_t
random_number(uint32_t below)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static void
add_tokens(struct buf *in, uint32_t most)
{
	uint32_t n = random_number(most), which;

	for (; n > 0; n--) {
		which = random_number(sizeof(tokens) / sizeof(tokens[0]));
		buf_add(in, tokens[which].text, tokens[which].len);
	}
}

/* So many bytes, in lines of that length at most. */
static void
add_lines(struct buf *in, size_t len, uint32_t line)
{
	for (size_t i = 1; i <= len; i++)
		buf_addc(in, i == len || i % line == 0 ? '\n' : 'x');
}

static void
check(const struct buf *in)
{
	uint8_t cuts[5];
	struct wire w = { .cuts = cuts, .ncuts = sizeof(cuts) };

	w.data = random_number(2);
	w.dots = random_number(2);
	w.need = (enum recode_need)random_number(3);
	for (size_t i = 0; i < sizeof(cuts); i++)
		cuts[i] = (uint8_t)(random_number(2) ? random_number(3) :
		    random_number(256));
	wire_check(&w, in->data, in->len);
}

/* Anything, with lines that just fit, or do not. */
static void
test_tokens(void **state)
{
	static const uint32_t lengths[] = { 76, 256, 998, 1000, 2048, 4096 };
	struct buf in = { 0 };

	(void)state;
	for (int i = 0; i < 20000; i++) {
		buf_clear(&in);
		buf_adds(&in, "A: b");
		add_tokens(&in, 20);
		if (random_number(8) == 0) {
			add_lines(&in, lengths[random_number(6)] -
			    random_number(4), UINT32_MAX);
			add_tokens(&in, 10);
		}
		check(&in);
	}
	buf_free(&in);
}

/* Each token at each place across the edges of what is read of a file. */
static void
test_edges(void **state)
{
	static const size_t edges[] = { 16384, 65536 };
	struct buf in = { 0 };

	(void)state;
	for (size_t t = 0; t < sizeof(tokens) / sizeof(tokens[0]); t++) {
		for (size_t cut = 0; cut <= tokens[t].len && cut < 8; cut++) {
			size_t edge = edges[random_number(2)];

			buf_clear(&in);
			buf_adds(&in, "\n");
			/* Each line is longer by a CR when it is stored. */
			add_lines(&in, edge - cut - 3, 1 << 20);
			buf_add(&in, tokens[t].text, tokens[t].len);
			add_tokens(&in, 10);
			check(&in);
		}
	}
	buf_free(&in);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
