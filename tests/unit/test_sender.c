#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/sender.h"

/* Tables: of each rule its line, pattern and address; "!" for an error. */
static const struct {
	const char *text;
	const char *want;
} tables[] = {
	{ "", "" },
	{ "\n# x y@z\n  # x y@z\n \t\n", "" },
	{ "x y@z", "1[x][y@z] " },
	{ "x y@z\n", "1[x][y@z] " },
	{ " x \t y@z \r\n\r\na b@c\r\n", "1[x][y@z] 3[a][b@c] " },
	{ "x y@z # why\n", "1[x][y@z] " },
	{ "x y@z #\n", "1[x][y@z] " },
	{ "x#1 y#2@z\n", "1[x#1][y#2@z] " },
	{ "* y@z\n", "1[*][y@z] " },
	{ "@x y@z\n", "1[@x][y@z] " },
	{ "\"a b\"@x y@z\n", "1[\"a b\"@x][y@z] " },
	{ "\"a \\\" b\"@x \"c d\"@z\n", "1[\"a \\\" b\"@x][\"c d\"@z] " },
	{ "x \"c # d\"@z\n", "1[x][\"c # d\"@z] " },
	{ "x\n", "1! " },
	{ "x # y@z\n", "1! " },
	{ "x y\na b@c\n", "1! 2[a][b@c] " },
	{ "x y@z more\n", "1! " },
	{ "x y@z, a@b\n", "1! " },
	{ "x -> y@z\n", "1! " },
	{ "x: y@\n", "1! " },
	{ "x <y@z>\n", "1! " },
	{ "<x@y> y@z\n", "1! " },
	{ "x <>\n", "1! " },
	{ "x\001 y@z\n", "1! " },
	{ "x y\001@z\n", "1! " },
	{ "\"x y@z\n", "1! " },
};

static void
test_tables(void **state)
{
	struct buf got = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const char *p = tables[i].text, *end = p + strlen(p);
		struct sender_rule r = { 0 };

		buf_clear(&got);
		buf_adds(&got, "");
		while ((p = sender_rule_next(p, end, &r)) != NULL)
			if (r.error != NULL)
				buf_printf(&got, "%u! ", r.line);
			else
				buf_printf(&got, "%u[%.*s][%.*s] ", r.line,
				    (int)r.patternlen, r.pattern,
				    (int)r.addresslen, r.address);
		if (strcmp(got.data, tables[i].want) != 0)
			fail_msg("%s\ngave %s", tables[i].text, got.data);
	}
	buf_free(&got);
}

static const struct {
	const char *pattern;
	const char *sender;
	bool local;
	bool want;
} matches[] = {
	{ "a@x", "a@x", false, true },
	{ "A@x", "a@X", false, true },
	{ "a@x", "a@y", false, false },
	{ "a@x", "aa@x", false, false },
	{ "a@x", "a@xx", false, false },
	{ "a@x", "a@", false, false },
	{ "a", "a@x", true, true },
	{ "A", "a@x", true, true },
	{ "a", "a@x", false, false },
	{ "a", "b@x", true, false },
	{ "a", "a+b@x", true, false },
	{ "a+*", "a+b@x", true, true },
	{ "www-*", "www-data@x", true, true },
	{ "www-*", "www-data@x", false, false },
	{ "www-*", "www-@x", true, true },
	{ "www-*", "www@x", true, false },
	{ "*", "a@x", false, true },
	{ "**", "a@x", false, false },
	{ "**", "a@x", true, true },
	{ "*@*", "a@x", false, true },
	{ "@x", "a@x", false, true },
	{ "@X", "a@x", false, true },
	{ "@x", "a@y.x", false, false },
	{ "@x", "a@xy", false, false },
	{ "@*.x", "a@y.x", false, true },
	{ "@*.x", "a@x", false, false },
	{ "*@x", "a@x", false, true },
	{ "*@x", "a@y", false, false },
	{ "a@*", "a@y", false, true },
	{ "a?c@x", "abc@x", false, true },
	{ "a?c@x", "ac@x", false, false },
	{ "a?c@x", "abbc@x", false, false },
	{ "a?c@x", "a\303\244c@x", false, true },
	{ "a??c@x", "a\303\244c@x", false, false },
	{ "a*c@x", "abcbc@x", false, true },
	{ "a*b*c@x", "a1b2b3c@x", false, true },
	{ "a*b*c@x", "a1c2b3@x", false, false },
	{ "*a", "a@x", true, true },
	{ "*a", "aaab@x", true, false },
	{ "a*@x", "a@x", false, true },
	{ "\"a b\"@x", "\"a b\"@x", false, true },
	{ "\"a b\"", "\"a b\"@x", true, true },
	{ "\"a@b\"", "\"a@b\"@x", true, true },
	{ "\"a@b\"", "\"a@b\"@x", false, false },
	{ "@b", "\"a@b\"@x", false, false },
	{ "@x", "\"a@b\"@x", false, true },
};

static void
test_matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		struct sender_rule r = {
			.pattern = matches[i].pattern,
			.patternlen = strlen(matches[i].pattern),
		};

		if (sender_rule_matches(&r, matches[i].sender,
		    matches[i].local) != matches[i].want)
			fail_msg("%s and %s", matches[i].pattern,
			    matches[i].sender);
	}
}

/* What a bad pattern costs is bounded by the product of both lengths. */
static void
test_cost(void **state)
{
	char pattern[900], sender[900];
	struct sender_rule r = { .pattern = pattern, .patternlen = 899 };

	(void)state;
	for (size_t i = 0; i < 899; i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	pattern[898] = '@';
	memset(sender, 'a', 899);
	sender[899] = '\0';
	assert_false(sender_rule_matches(&r, sender, true));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
