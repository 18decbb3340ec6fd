#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smtp/reply.h"

/* Lines as they are read, and what each makes of the reply. */
static const struct {
	const char *lines[4];
	enum reply_state state;		/* after the last line */
	int code;
	const char *text;		/* joined */
} rows[] = {
	{ { "250 ok" }, REPLY_COMPLETE, 250, "ok" },
	{ { "250" }, REPLY_COMPLETE, 250, "" },
	{ { "250 " }, REPLY_COMPLETE, 250, "" },
	{ { "250  two  blanks " }, REPLY_COMPLETE, 250, " two  blanks " },
	{ { "354 go" }, REPLY_COMPLETE, 354, "go" },
	{ { "421 4.3.2 later" }, REPLY_COMPLETE, 421, "4.3.2 later" },
	{ { "599 \xc3\xa4" }, REPLY_COMPLETE, 599, "\xc3\xa4" },
	{ { "250-a", "250-", "250 c" }, REPLY_COMPLETE, 250, "a  c" },
	{ { "550-no", "550" }, REPLY_COMPLETE, 550, "no " },
	{ { "250-a" }, REPLY_INCOMPLETE, 250, "a" },
	{ { "250-a", "250-b" }, REPLY_INCOMPLETE, 250, "a b" },
	/* Another code in the middle, or none. */
	{ { "250-a", "251 b" }, REPLY_MALFORMED, 0, NULL },
	{ { "250-a", "b" }, REPLY_MALFORMED, 0, NULL },
	{ { "250-a", "" }, REPLY_MALFORMED, 0, NULL },
	/* No code, or none of SMTP. */
	{ { "" }, REPLY_MALFORMED, 0, NULL },
	{ { "2" }, REPLY_MALFORMED, 0, NULL },
	{ { "25" }, REPLY_MALFORMED, 0, NULL },
	{ { "25 ok" }, REPLY_MALFORMED, 0, NULL },
	{ { "2500 ok" }, REPLY_MALFORMED, 0, NULL },
	{ { "250ok" }, REPLY_MALFORMED, 0, NULL },
	{ { "250\tok" }, REPLY_MALFORMED, 0, NULL },
	{ { "150 ok" }, REPLY_MALFORMED, 0, NULL },
	{ { "050 ok" }, REPLY_MALFORMED, 0, NULL },
	{ { "650 ok" }, REPLY_MALFORMED, 0, NULL },
	{ { "+50 ok" }, REPLY_MALFORMED, 0, NULL },
	{ { " 250 ok" }, REPLY_MALFORMED, 0, NULL },
	{ { "2x0 ok" }, REPLY_MALFORMED, 0, NULL },
	{ { "HTTP/1.1 400" }, REPLY_MALFORMED, 0, NULL },
	{ { "250 a\nb" }, REPLY_MALFORMED, 0, NULL },
};

static struct reply reply;

static void
test_rows(void **state)
{
	enum reply_state got = REPLY_INCOMPLETE;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reply_init(&reply);
		for (size_t n = 0; n < 4 && rows[i].lines[n] != NULL; n++) {
			assert_true(n == 0 || got == REPLY_INCOMPLETE);
			got = reply_add(&reply, rows[i].lines[n],
			    strlen(rows[i].lines[n]));
		}
		assert_int_equal(got, rows[i].state);
		if (got == REPLY_MALFORMED)
			continue;
		reply_join(&reply);
		assert_int_equal(reply.code, rows[i].code);
		assert_string_equal(reply.text, rows[i].text);
	}
}

static void
test_nul(void **state)
{
	(void)state;
	reply_init(&reply);
	assert_int_equal(reply_add(&reply, "250 a\0b", 7), REPLY_MALFORMED);
}

static void
test_lines(void **state)
{
	(void)state;
	reply_init(&reply);
	for (int i = 0; i < REPLY_LINES; i++)
		assert_int_equal(reply_add(&reply, "250-", 4),
		    REPLY_INCOMPLETE);
	assert_int_equal(reply_add(&reply, "250 ", 4), REPLY_MALFORMED);
}

/* The longest text that there is room for, and one byte more. */
static void
test_length(void **state)
{
	static char line[REPLY_TEXT + 4] = "250 ";

	(void)state;
	memset(line + 4, 'x', REPLY_TEXT);
	reply_init(&reply);
	assert_int_equal(reply_add(&reply, line, 4 + REPLY_TEXT - 2),
	    REPLY_COMPLETE);
	assert_int_equal(strlen(reply.text), REPLY_TEXT - 2);
	reply_init(&reply);
	assert_int_equal(reply_add(&reply, line, 4 + REPLY_TEXT - 1),
	    REPLY_MALFORMED);
}

/* What comes although nothing is due. */
static const struct {
	const char *lines;
	bool harmless;
} surplus[] = {
	{ "", true },
	{ "2", false },
	{ "250", true },
	{ "250 ok\r\n", true },
	{ "250-more\r\n250 ok\r\n", true },
	{ "421 4.3.2 going\r\n", true },
	{ "250 ok\n421 going\n", true },
	{ "250 ok\r\n451 no\r\n", false },
	{ "554 no\r\n250 ok\r\n", false },
	{ "250 ok\r\n354 go\r\n250 ok", false },
	{ "250 ok\r\n\r\n", false },
	{ "250 ok\r\nwhat", false },
};

static void
test_surplus(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(surplus) / sizeof(*surplus); i++)
		if (reply_is_harmless(surplus[i].lines,
		    strlen(surplus[i].lines)) != surplus[i].harmless)
			fail_msg("%s", surplus[i].lines);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_surplus),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
