#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/alias.h"

/*
 * Files, and what is in them: an entry is its line, "=" and its name in
 * brackets, an item the letter of its kind, its line and its text.
 */
static const struct {
	const char *text;
	const char *want;
} files[] = {
	{ "", "" },
	{ "\n\n", "" },
	{ "# root: joe\n", "" },
	{ "  # root: joe\n", "" },
	{ " \t\n", "" },
	{ "root: joe\n", "1=[root] a1[joe] " },
	{ "root: joe", "1=[root] a1[joe] " },
	{ "root: joe\r\njim: x\r\n", "1=[root] a1[joe] 2=[jim] a2[x] " },
	{ "\r\n\r\nroot: joe", "3=[root] a3[joe] " },
	{ "root:joe", "1=[root] a1[joe] " },
	{ "root \t:\tjoe \t\n", "1=[root] a1[joe] " },
	{ "Root: Joe\n", "1=[Root] a1[Joe] " },
	{ "root:\n", "1=[root] " },
	{ "root: , ,\n", "1=[root] " },
	{ "root: # nobody\n", "1=[root] " },
	{ "root: joe,a@x , b@y\n", "1=[root] a1[joe] a1[a@x] a1[b@y] " },
	{ "root: joe, # home\n", "1=[root] a1[joe] " },
	{ "root: joe # home, or\n", "1=[root] a1[joe] " },
	{ "root: joe#home, x\n", "1=[root] a1[joe#home] a1[x] " },
	/* More than one line. */
	{ "root: joe,\n\tjim,\n ann\nx: y",
	  "1=[root] a1[joe] a2[jim] a3[ann] 4=[x] a4[y] " },
	{ "root:\n joe\n", "1=[root] a2[joe] " },
	{ "root: joe\n jim\n", "1=[root] a1[joe  jim] " },
	{ "root: Joe Doe\n <a@x>\n", "1=[root] a1[Joe Doe  <a@x>] " },
	{ "root: joe,\n# home\n\n  # and\n jim\n\n# end\nx: y",
	  "1=[root] a1[joe] a5[jim] 8=[x] a8[y] " },
	{ "root: joe # home\n jim\n", "1=[root] a1[joe] a2[jim] " },
	{ "root: joe,\n \t\nx: y\n", "1=[root] a1[joe] 3=[x] a3[y] " },
	/* Names. */
	{ "\"odd name\": joe", "1=[odd name] a1[joe] " },
	{ "\"a:b\" : joe", "1=[a:b] a1[joe] " },
	{ "\"a\\\"b\\\\\": joe", "1=[a\"b\\] a1[joe] " },
	{ "owner-list: joe", "1=[owner-list] a1[joe] " },
	{ "me+*: joe", "1=[me+*] a1[joe] " },
	{ "j\303\266rg: joe", "1=[j\303\266rg] a1[joe] " },
	{ "root", "1! " },
	{ "root joe\n", "1! " },
	{ ": joe\n", "1! " },
	{ "\"\": joe\n", "1! " },
	{ "\"root: joe\nx: y", "1! 2=[x] a2[y] " },
	{ "\"root\" joe: x\n", "1! " },
	{ "odd name: joe\n", "1! " },
	{ "a,b: joe\n", "1! " },
	{ "a\"b: joe\n", "1! " },
	{ "root@x: joe\n", "1! " },
	{ "root\n joe\n jim\nx: y", "1! 4=[x] a4[y] " },
	{ " joe\nx: y", "1! 2=[x] a2[y] " },
	{ "# x\n\tjoe\n jim\n", "2! 3! " },
	/* Kinds of items. */
	{ "x: \\root, \\joe@x", "1=[x] f1[root] f1[joe@x] " },
	{ "x: \\", "1=[x] f1[] " },
	{ "x: \"\\\\root\"", "1=[x] a1[\"\\\\root\"] " },
	{ "x: :include:/etc/list", "1=[x] l1[/etc/list] " },
	{ "x: :Include: /etc/list , joe", "1=[x] l1[/etc/list] a1[joe] " },
	{ "x: \":include:/etc/my list\"", "1=[x] l1[/etc/my list] " },
	{ "x: :include:", "1=[x] l1[] " },
	{ "x: :fail: no, x", "1=[x] a1[:fail: no] a1[x] " },
	{ "x: |cmd", "1=[x] c1[|cmd] " },
	{ "x: |cmd a b\n joe", "1=[x] c1[|cmd a b] a2[joe] " },
	{ "x: \"|cmd -a, b\", joe", "1=[x] c1[|cmd -a, b] a1[joe] " },
	{ "x: \"|cmd \\\"a\\\" # b\" joe", "1=[x] c1[|cmd \"a\" # b] "
	  "a1[joe] " },
	{ "x: |\"cmd a\"", "1=[x] c1[|\"cmd a\"] " },
	{ "x: \"|\"", "1=[x] c1[|] " },
	{ "x: /var/mail/x", "1=[x] p1[/var/mail/x] " },
	{ "x: \"/my mail\"", "1=[x] p1[/my mail] " },
	{ "x: /dev/null, joe", "1=[x] p1[/dev/null] a1[joe] " },
	{ "x: /a=b/@x", "1=[x] a1[/a=b/@x] " },
	{ "x: \"/a b\"@x", "1=[x] a1[\"/a b\"@x] " },
	{ "x: \"|a b\".c@x", "1=[x] a1[\"|a b\".c@x] " },
	/* Quotes and comments in addresses, and what is left open. */
	{ "x: \"Doe, Joe\" <a@x>, b@x",
	  "1=[x] a1[\"Doe, Joe\" <a@x>] a1[b@x] " },
	{ "x: \"a # b\"@x, b", "1=[x] a1[\"a # b\"@x] a1[b] " },
	{ "x: a@x (one, # two), b", "1=[x] a1[a@x (one, # two)] a1[b] " },
	{ "x: a@x (\\), b), c", "1=[x] a1[a@x (\\), b)] a1[c] " },
	{ "x: a@x (b (c), d), e", "1=[x] a1[a@x (b (c), d)] a1[e] " },
	{ "x: a@x (b \" c), e", "1=[x] a1[a@x (b \" c)] a1[e] " },
	{ "x: \"a, b\n c, d", "1=[x] a1[\"a, b] a2[c] a2[d] " },
	{ "x: \"|a, b\n c, d", "1=[x] a1[\"|a, b] a2[c] a2[d] " },
	{ "x: a (b, c\n d", "1=[x] a1[a (b, c] a2[d] " },
	{ "x: a) b, c", "1=[x] a1[a) b] a1[c] " },
	{ "x: \"a\\\n b", "1=[x] a1[\"a\\] a2[b] " },
	{ "x: \"a\\", "1=[x] a1[\"a\\] " },
	{ "x: \"|a\\", "1=[x] a1[\"|a\\] " },
};

/* The same for lists. */
static const struct {
	const char *text;
	const char *want;
} lists[] = {
	{ "", "" },
	{ "a@x", "a1[a@x] " },
	{ "a@x\nb@x\n", "a1[a@x] a2[b@x] " },
	{ "a@x\r\n  b@x\r\n", "a1[a@x] a2[b@x] " },
	{ "a@x, b@x\n", "a1[a@x] a1[b@x] " },
	{ "# a@x\n\nb@x # c\n", "a3[b@x] " },
	{ "Joe Doe <a@x>\nb@x", "a1[Joe Doe <a@x>] a2[b@x] " },
	{ "\"Doe, Joe\" <a@x>", "a1[\"Doe, Joe\" <a@x>] " },
	{ "|cmd\n\"|cmd b\"\n/file\n:include:/x\n\\joe\n",
	  "c1[|cmd] c2[|cmd b] p3[/file] l4[/x] f5[joe] " },
};

static void
add_items(struct buf *got, struct alias_cursor *c)
{
	static const char letters[] = {
		[ALIAS_ADDRESS] = 'a', [ALIAS_FINAL] = 'f',
		[ALIAS_LIST] = 'l', [ALIAS_COMMAND] = 'c', [ALIAS_FILE] = 'p',
	};
	struct alias_item item;
	struct buf text = { 0 };

	while (alias_item_next(c, &item, &text))
		buf_printf(got, "%c%u[%s] ", letters[item.kind], item.line,
		    text.data);
	buf_free(&text);
}

static void
check(const struct buf *got, const char *text, const char *want)
{
	if (strcmp(got->data, want) != 0)
		fail_msg("%s\ngave %s\nnot  %s", text, got->data, want);
}

static void
test_files(void **state)
{
	struct buf got = { 0 }, name = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct alias_cursor c = {
			.p = files[i].text,
			.end = files[i].text + strlen(files[i].text),
			.line = 1,
		};
		struct alias a;

		buf_clear(&got);
		buf_adds(&got, "");
		while (alias_next(&c, &a, &name)) {
			if (a.error != NULL) {
				buf_printf(&got, "%u! ", a.line);
				continue;
			}
			buf_printf(&got, "%u=[%s] ", a.line, name.data);
			add_items(&got, &a.value);
		}
		check(&got, files[i].text, files[i].want);
	}
	buf_free(&name);
	buf_free(&got);
}

static void
test_lists(void **state)
{
	struct buf got = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct alias_cursor c = {
			.p = lists[i].text,
			.end = lists[i].text + strlen(lists[i].text),
			.line = 1,
			.list = true,
		};

		buf_clear(&got);
		buf_adds(&got, "");
		add_items(&got, &c);
		check(&got, lists[i].text, lists[i].want);
	}
	buf_free(&got);
}

/* A NUL is a byte like any other, and ends nothing. */
static void
test_nul(void **state)
{
	static const char text[] = "a\0b: c\0d, e\n";
	struct alias_cursor c = {
		.p = text, .end = text + sizeof(text) - 1, .line = 1,
	};
	struct buf name = { 0 }, item = { 0 };
	struct alias_item i;
	struct alias a;

	(void)state;
	assert_true(alias_next(&c, &a, &name));
	assert_int_equal(name.len, 3);
	assert_true(alias_item_next(&a.value, &i, &item));
	assert_int_equal(item.len, 3);
	assert_true(alias_item_next(&a.value, &i, &item));
	assert_string_equal(item.data, "e");
	assert_false(alias_item_next(&a.value, &i, &item));
	assert_false(alias_next(&c, &a, &name));
	buf_free(&name);
	buf_free(&item);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
