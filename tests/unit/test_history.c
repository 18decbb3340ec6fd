#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/history.h"

#define ONE "660D4D51155F9"
#define TWO "660D4D51155FA"

enum { FIRST = 1, SECOND = 2 };

/* Which of the messages a line is about. */
static const struct {
	const char *line;
	int about;
} lines[] = {
	{ "", 0 },
	{ "Nov 22 15:13:47 h onehop/smtp[1]: " ONE ": to=<a@b>\n", FIRST },
	{ ONE, FIRST },
	{ "h x: " TWO ": sender notification: " ONE "\n", FIRST | SECOND },
	{ ONE " " ONE, FIRST },
	{ "{\"id\":\"" ONE "\"}", FIRST },
	{ "h x: " ONE "0: too long", 0 },
	{ "h x: 0" ONE ": too long", 0 },
	{ "h x: x" ONE ": a word", 0 },
	{ "h x: " ONE "g a word", 0 },
	{ "h x: 660d4d51155f9: small letters", 0 },
	{ "h x: 660D4D51155FB: another", 0 },
	{ "\xff" ONE "\xff", FIRST },
};

static void
test_lines(void **state)
{
	char one[] = ONE, two[] = TWO, none[] = "nonsense", next[] = TWO ".1";
	char *ids[] = { two, one, none, one, next, NULL };
	struct history h;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		history_init(&h, ids);
		assert_int_equal(h.len, 2);
		history_line(&h, lines[i].line);
		assert_int_equal(history_of(&h, 0x660d4d51155f9) != NULL,
		    (lines[i].about & FIRST) != 0);
		assert_int_equal(history_of(&h, 0x660d4d51155fa) != NULL,
		    (lines[i].about & SECOND) != 0);
		history_free(&h);
	}
}

static void
test_order(void **state)
{
	char one[] = ONE, two[] = TWO;
	char *ids[] = { one, two, NULL };
	struct history h;

	(void)state;
	history_init(&h, ids);
	assert_true(history_end(&h));
	history_line(&h, "first " ONE "\n");
	history_line(&h, "second " ONE);
	assert_true(history_end(&h));
	/* Another log is for those only of whom nothing is known. */
	history_line(&h, "third " ONE " " TWO "\n");
	assert_false(history_end(&h));
	assert_string_equal(history_of(&h, 0x660d4d51155f9),
	    "first " ONE "\nsecond " ONE "\n");
	assert_string_equal(history_of(&h, 0x660d4d51155fa),
	    "third " ONE " " TWO "\n");
	assert_null(history_of(&h, 1));
	history_free(&h);
}

static void
test_none(void **state)
{
	char all[] = "ALL";
	char *ids[] = { all, NULL };
	struct history h;

	(void)state;
	history_init(&h, ids);
	assert_int_equal(h.len, 0);
	history_line(&h, ONE);
	assert_false(history_end(&h));
	assert_null(history_of(&h, 0x660d4d51155f9));
	history_free(&h);
}

/* What is said about one message for ever is not kept for ever. */
static void
test_limit(void **state)
{
	char one[] = ONE;
	char *ids[] = { one, NULL };
	static char line[1024 * 1024 + 1] = ONE;
	struct history h;

	(void)state;
	for (size_t i = sizeof(ONE) - 1; i < sizeof(line) - 1; i++)
		line[i] = ' ';
	history_init(&h, ids);
	for (int i = 0; i < 20; i++)
		history_line(&h, line);
	assert_non_null(history_of(&h, 0x660d4d51155f9));
	history_free(&h);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
