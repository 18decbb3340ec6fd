#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/address.h"

/*
 * What a list gives: each addr-spec, "<>" when it is empty, or "!" and what
 * is wrong.
 */
static const struct {
	const char *text;
	const char *want[8];
} lists[] = {
	/* RFC 5322, A.1.1 to A.1.3. */
	{ "John Doe <jdoe@machine.example>", { "jdoe@machine.example" } },
	{ "Mary Smith <mary@example.net>", { "mary@example.net" } },
	{ "\"Joe Q. Public\" <john.q.public@example.com>",
	  { "john.q.public@example.com" } },
	{ "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
	  { "mary@x.test", "jdoe@example.org", "one@y.test" } },
	{ "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@ex.net>",
	  { "boss@nil.test", "sysservices@ex.net" } },
	{ "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
	  { "c@a.test", "joe@where.test", "jdoe@one.test" } },
	{ "Undisclosed recipients:;", { NULL } },
	/* A.5: blanks and comments. */
	{ "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
	  { "pete@silly.test" } },
	{ "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public."
	  "example>,\r\n         joe@example.org,\r\n  John <jdoe@one.test> (my"
	  " dear friend); (the end of the group)",
	  { "c@public.example", "joe@example.org", "jdoe@one.test" } },
	{ "(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;",
	  { NULL } },
	/* A.6.1 and A.6.3: obsolete addresses. */
	{ "Joe Q. Public <john.q.public@example.com>",
	  { "john.q.public@example.com" } },
	{ "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
	  { "mary@example.net", "jdoe@test.example" } },
	{ "John Doe <jdoe@machine(comment).  example>",
	  { "jdoe@machine.example" } },
	{ "Mary Smith\r\n  \r\n          <mary@example.net>",
	  { "mary@example.net" } },
	{ "<@a.test,@b.test:c@d.test>, <,@a.test,,@b.test : c@d.test>",
	  { "c@d.test", "c@d.test" } },
	{ ",, a@x ,,\r\n , b@y,", { "a@x", "b@y" } },
	{ "a . b @ x . y", { "a.b@x.y" } },
	{ "a@x,\r\n\tb@y\r\n\t ", { "a@x", "b@y" } },
	/* RFC 822, A.1. */
	{ "\":sysmail\"@  Some-Group. Some-Org",
	  { "\":sysmail\"@Some-Group.Some-Org" } },
	{ "Muhammed.(I am  the greatest) Ali @(the)Vegas.WBA",
	  { "Muhammed.Ali@Vegas.WBA" } },
	{ "\"Al Neuman\"@[10.0.3.26]", { "\"Al Neuman\"@[10.0.3.26]" } },
	{ "Important folk: Tom Softwood <Balsa@Tree.Root>, \"Sam Irving\"@Other"
	  "-Host;, Standard Distribution: xyz@Host;",
	  { "Balsa@Tree.Root", "\"Sam Irving\"@Other-Host", "xyz@Host" } },
	/* RFC 6532 and 6531, raw and encoded. */
	{ "Dörte <dörte@straße.example>", { "dörte@straße.example" } },
	{ "用户@例子.广告, \"дядя\"@x", { "用户@例子.广告", "дядя@x" } },
	{ "=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.example>",
	  { "PIRARD@vm1.example" } },
	{ "J\344ger <a@x>", { "a@x" } },
	{ "j\344ger@x", { "!bytes that are not UTF-8" } },
	{ "\355\240\200@x", { "!bytes that are not UTF-8" } },
	{ "\300\200@x", { "!bytes that are not UTF-8" } },
	{ "\364\220\200\200@x", { "!bytes that are not UTF-8" } },
	{ "\360\237\230@x", { "!bytes that are not UTF-8" } },
	{ "\360\237\230\200@x", { "\360\237\230\200@x" } },
	/* What callers write. */
	{ "", { NULL } },
	{ " \t", { NULL } },
	{ "(only a comment)", { NULL } },
	{ ",", { NULL } },
	{ "<>", { "<>" } },
	{ "< (nobody) >", { "<>" } },
	{ "MAILER-DAEMON <>", { "<>" } },
	{ "a@x", { "a@x" } },
	{ "<a@x>", { "a@x" } },
	{ "a@x,b@x", { "a@x", "b@x" } },
	{ "a@x,", { "a@x" } },
	{ "a@x (c)", { "a@x" } },
	{ "Full Name <a@x>", { "a@x" } },
	{ "Full Name<a@x>", { "a@x" } },
	{ "a@x <a@x>", { "a@x" } },
	{ "a@x via list <b@y>", { "b@y" } },
	{ "Tom, Dick <a@x>", { "Tom", "a@x" } },
	{ "[ML] A [1, 2] <a@x>", { "a@x" } },
	{ "smile ] \\ ) <a@x>", { "a@x" } },
	{ "a b", { "a", "b" } },
	{ "a@x b@y; c@z", { "a@x", "b@y", "c@z" } },
	{ "<a@x> <b@y> \"c d\"@z", { "a@x", "b@y", "\"c d\"@z" } },
	{ "a (x) (y) b", { "a", "b" } },
	{ "root (Cron Daemon)", { "root" } },
	{ "host!u@dom, host!u", { "host!u@dom", "host!u" } },
	{ "a+b=c%d{e}@my_host.test", { "a+b=c%d{e}@my_host.test" } },
	{ "a@localhost.", { "a@localhost" } },
	{ "a@[IPv6:2001:db8::1] b@[ 1.2.\r\n 3.4 ]",
	  { "a@[IPv6:2001:db8::1]", "b@[1.2.3.4]" } },
	{ "a@[tag:x]", { "a@[tag:x]" } },
	{ "-", { "-" } },
	/* Quotes where they are needed, and only there. */
	{ "\"odd local\"@x", { "\"odd local\"@x" } },
	{ "\"plain\"@x", { "plain@x" } },
	{ "\"a\".b.\"c\\d\"@x", { "a.b.cd@x" } },
	{ "\"a\\\"b\\\\c\"@x", { "\"a\\\"b\\\\c\"@x" } },
	{ "\"a,b\"@x, \"<>@\"@x", { "\"a,b\"@x", "\"<>@\"@x" } },
	{ "\"\"@x", { "\"\"@x" } },
	{ "\"a\r\n b\"@x", { "\"a b\"@x" } },
	{ "a.@x, .a@x, a..b@x", { "\"a.\"@x", "\".a\"@x", "\"a..b\"@x" } },
	/* Nothing is run, opened or lost; refusing these is the caller's. */
	{ "|cmd", { "|cmd" } },
	{ "|cmd arg", { "|cmd", "arg" } },
	{ "\"|cmd arg\"", { "\"|cmd arg\"" } },
	{ "/file", { "/file" } },
	{ ":include:/list", { "!misplaced colon" } },
	/* Malformed. */
	{ "a@", { "!no domain after the @" } },
	{ "@b", { "!nothing before the @" } },
	{ "@", { "!nothing before the @" } },
	{ "a@@b", { "!no domain after the @" } },
	{ "a@b@c", { "!more than one @" } },
	{ "a@b @c", { "!more than one @" } },
	{ "a@.b", { "!no domain after the @" } },
	{ "a@b..c", { "!misplaced dot" } },
	{ "a@-b", { "!malformed domain" } },
	{ "a@b-", { "!malformed domain" } },
	{ "a@b/c", { "!malformed domain" } },
	{ "a@[1.2.3]", { "!malformed address literal" } },
	{ "a@[IPv6:x]", { "!malformed address literal" } },
	{ "a@[]", { "!malformed address literal" } },
	{ "a@[1.2.3.4",
	  { "!no domain after the @" } },
	{ "<a@b, c@d", { "!\"<\" without \">\"", "c@d" } },
	{ "<a@b", { "!\"<\" without \">\"" } },
	{ "<", { "!\"<\" without \">\"" } },
	{ "a@b>", { "!\">\" without \"<\"" } },
	{ "<a@b>>", { "!\">\" without \"<\"" } },
	{ "<<a@b>>", { "!misplaced bracket, parenthesis or backslash" } },
	{ "<@b>", { "!nothing before the @" } },
	{ "<@a:>", { "!\">\" without \"<\"" } },
	{ "<@a:b>", { "!route to an address without a domain" } },
	{ "<a b@c>", { "!words without a dot or @ between them" } },
	{ "a\"b\"@c", { "!words without a dot or @ between them" } },
	{ "<a@b>c", { "!words without a dot or @ between them" } },
	{ "a@b: c@d", { "!misplaced colon" } },
	{ ": c@d", { "!misplaced colon" } },
	{ ".", { "!nothing but dots" } },
	{ "DOM\\user@x", { "!misplaced bracket, parenthesis or backslash" } },
	{ "a)b@x", { "!misplaced bracket, parenthesis or backslash" } },
	{ "\"a, b@c", { "!quote that is not closed" } },
	{ "a@x (b, c@d", { "!comment without closing parenthesis" } },
	{ "(a(b), c@d", { "!comment without closing parenthesis" } },
	{ "\"a\\", { "!quote that is not closed" } },
	/* Controls, which have tried to become commands. */
	{ "a@x\r\nRCPT TO:<evil@z>", { "!control character" } },
	{ "a\n@x", { "!control character" } },
	{ "a@x\r", { "!control character" } },
	{ "\n", { "!control character" } },
	{ "a@x,b\001@y,c@z", { "a@x", "!control character", "c@z" } },
	{ "\"a\r\n, evil@z\" <a@x>, b@y", { "!control character", "b@y" } },
	{ "(\177, evil@z) a@x, b@y", { "!control character", "b@y" } },
	{ "A\033(B <a@x>", { "!control character" } },
	{ "\"a\tb\"@x", { "!control character" } },
	{ "\"a\\\nb\"@x", { "!control character" } },
	{ "a@[1.2\0013.4]", { "!control character" } },
	{ "\"a\302\205b\"@x", { "!control character" } },
	{ "a\302\233@x", { "!control character" } },
	{ "a\342\200\250b@x", { "!control character" } },
	/* The walk goes on. */
	{ "a@, b@y; @c; d@z", { "!no domain after the @", "b@y",
	  "!nothing before the @", "d@z" } },
	{ "a@b@\"c,d\", e@f", { "!more than one @", "e@f" } },
};

static void
check_list(const char *text, const char *const want[])
{
	const char *p = text;
	const char *end = text + strlen(text);
	struct buf spec = { 0 }, got = { 0 };
	struct address a;

	while ((p = address_next(p, end, &a, &spec)) != NULL) {
		buf_clear(&got);
		if (a.error != NULL)
			buf_printf(&got, "!%s", a.error);
		else
			buf_adds(&got, spec.len == 0 && a.bracketed ? "<>" :
			    spec.data);
		if (*want == NULL || strcmp(got.data, *want) != 0)
			fail_msg("\"%s\": got \"%s\" for \"%s\"", text,
			    got.data, *want == NULL ? "nothing" : *want);
		want++;
		assert_true(a.start < a.end && a.start >= text);
		assert_true(a.end <= p && p <= end);
	}
	if (*want != NULL)
		fail_msg("\"%s\": no \"%s\"", text, *want);
	buf_free(&spec);
	buf_free(&got);
}

static void
test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		check_list(lists[i].text, lists[i].want);
}

/* The parts of the first address, and it qualified where it stands. */
static const struct {
	const char *text;
	const char *whole;
	const char *name;
	const char *completed;
} parts[] = {
	{ " root (Cron Daemon) , b", "root (Cron Daemon)", "",
	  "root@dom (Cron Daemon)" },
	{ "g: (c) root ;", "(c) root", "", "(c) root@dom" },
	{ "\"A \\\"B\\\" C\" <root>", "\"A \\\"B\\\" C\" <root>",
	  "\"A \\\"B\\\" C\"", "\"A \\\"B\\\" C\" <root@dom>" },
	{ "J. Q. Doe (x)\r\n <root (y)> (z)  \t",
	  "J. Q. Doe (x)\r\n <root (y)> (z)",
	  "J. Q. Doe (x)", "J. Q. Doe (x)\r\n <root@dom (y)> (z)" },
	{ "\"a b\" (c)", "\"a b\" (c)", "", "\"a b\"@dom (c)" },
	{ "(c) <root>", "(c) <root>", "", "(c) <root@dom>" },
	{ "a. b (c) d", "a. b (c)", "", "a. b@dom (c)" },
	{ "Jörg <a@x>", "Jörg <a@x>", "Jörg", NULL },
	{ "=?utf-8?q?J=C3=B6rg?= <a@x>", "=?utf-8?q?J=C3=B6rg?= <a@x>",
	  "=?utf-8?q?J=C3=B6rg?=", NULL },
	{ "a@b@c ,d", "a@b@c", "", NULL },
	{ "a@x (J\303\266rg)", "a@x (J\303\266rg)", "", NULL },
};

static void
test_parts(void **state)
{
	struct buf spec = { 0 }, completed = { 0 };
	struct address a;

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *text = parts[i].text;

		assert_non_null(address_next(text, text + strlen(text), &a,
		    &spec));
		assert_int_equal(a.end - a.start, strlen(parts[i].whole));
		assert_memory_equal(a.start, parts[i].whole,
		    strlen(parts[i].whole));
		assert_int_equal(a.namelen, strlen(parts[i].name));
		if (a.namelen > 0)
			assert_memory_equal(a.name, parts[i].name, a.namelen);
		assert_int_equal(a.qualified, parts[i].completed == NULL);
		if (a.qualified)
			continue;
		buf_clear(&completed);
		buf_add(&completed, a.start, (size_t)(a.local_end - a.start));
		buf_adds(&completed, "@dom");
		buf_add(&completed, a.local_end,
		    (size_t)(a.end - a.local_end));
		assert_string_equal(completed.data, parts[i].completed);
	}
	buf_free(&spec);
	buf_free(&completed);
}

static const struct {
	const char *spec;
	const char *error;
} specs[] = {
	{ "a@x", NULL },
	{ "a.b+c@x.y", NULL },
	{ "\"a b\"@x", NULL },
	{ "\"a\\\"@\\\\\"@x", NULL },
	{ "\"\"@x", NULL },
	{ "dörte@straße.example", NULL },
	{ "a@[127.0.0.1]", NULL },
	{ "a@[ipv6:::1]", NULL },
	{ "", "no address" },
	{ "a", "no domain" },
	{ "a@", "no domain after the @" },
	{ "@x", "nothing before the @" },
	{ "a@b@c", "malformed domain" },
	{ "a@x.", "malformed domain" },
	{ "a@x..y", "malformed domain" },
	{ "a@x y", "malformed domain" },
	{ "a@x>", "malformed domain" },
	{ "a@x> SIZE=1", "malformed domain" },
	{ "<a@x>", "local part that needs quotes" },
	{ "a b@x", "local part that needs quotes" },
	{ "a..b@x", "local part that needs quotes" },
	{ "a.@x", "local part that needs quotes" },
	{ "\"a@x", "malformed quotes" },
	{ "\"a\"b@x", "malformed quotes" },
	{ "a@[127.0.0.1]x", "malformed address literal" },
	{ "a@[127.0.0.256]", "malformed address literal" },
	{ "a@[x:\\]", "malformed address literal" },
	{ "a\r\n@x", "control character" },
	{ "\"a\t\"@x", "control character" },
	{ "a@x\177", "control character" },
	{ "a@\377", "bytes that are not UTF-8" },
};

static void
test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		const char *error = address_check(specs[i].spec,
		    strlen(specs[i].spec));

		if ((error == NULL) != (specs[i].error == NULL) ||
		    (error != NULL && strcmp(error, specs[i].error) != 0))
			fail_msg("\"%s\": %s", specs[i].spec,
			    error == NULL ? "accepted" : error);
	}
	assert_string_equal(address_check("a\0b@x", 5), "control character");
}

/* ADDRESS_MAX bytes are an address, one more is none. */
static void
test_length(void **state)
{
	struct buf spec = { 0 }, text = { 0 };
	struct address a;

	(void)state;
	while (text.len < ADDRESS_MAX - 2)
		buf_addc(&text, 'a');
	buf_adds(&text, "@x");
	assert_null(address_check(text.data, text.len));
	assert_non_null(address_next(text.data, text.data + text.len, &a,
	    &spec));
	assert_null(a.error);
	assert_string_equal(spec.data, text.data);
	buf_addc(&text, 'x');
	assert_non_null(address_check(text.data, text.len));
	assert_non_null(address_next(text.data, text.data + text.len, &a,
	    &spec));
	assert_non_null(a.error);
	buf_free(&spec);
	buf_free(&text);
}

/*
 * A long list of words is read in time proportional to its length; were it
 * not, this would take minutes.
 */
static void
test_long(void **state)
{
	static const char *const pieces[] = {
		"a ", "a,", "(", "((a)", "[", "\"", "<a@b,", "a:", "@", ".",
		"a@b ", "\"a\" ", "\\", ";", "(a)", "<", "a.", "(,", "[,",
		"\001", "<@a,",
	};
	struct buf text = { 0 }, spec = { 0 };
	struct address a;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		const char *p, *end;

		buf_clear(&text);
		while (text.len < 300000)
			buf_adds(&text, pieces[i]);
		p = text.data;
		end = p + text.len;
		while ((p = address_next(p, end, &a, &spec)) != NULL)
			assert_true(a.end <= p && p <= end);
	}
	buf_free(&text);
	buf_free(&spec);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
