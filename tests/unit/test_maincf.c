#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ctl/import/imported.h"
#include "ctl/import/maincf.h"

/* What a value becomes with this main.cf; NULL: it cannot be told. */
static const struct {
	const char *text;
	const char *value;
	const char *expanded;
} cases[] = {
	{ "", "", "" },
	{ "", "plain [x]:25", "plain [x]:25" },
	{ "a = x\n", "$a ${a} $(a) $$a ${ a } $", "x x x $a x $" },
	{ "a=x\na=\ty  \n", "$a", "y" },
	{ "a = x\n # c\n\n  y\n#d\n\tz\nb = w\n", "$a,$b", "x  y\tz,w" },
	{ "a = $b\nb = $c.d\nc = x\n", "$a", "x.d" },
	{ "", "[$nothing]", "[]" },
	{ "a = x\n", "${a?y}${b?y}${a:y}${b:z}", "yz" },
	{ "a = x\n", "${a?{ y z}:{w}}${b?{y}:{ w}}${b?{y}}", "y zw" },
	{ "a = x\n", "${a?$a$a}${b:${a}}", "xxx" },
	{ "", "$myhostname $mydomain $myorigin",
	  "host.example.com example.com host.example.com" },
	{ "myhostname = a.b.c\n", "$mydomain $smtp_helo_name", "b.c a.b.c" },
	{ "myhostname = web\n", "$mydomain", "localdomain" },
	{ "mydomain = b.c\n", "$myhostname", "host.example.com" },
	{ "smtp_tls_cert_file = /c\n", "$smtp_tls_key_file", "/c" },
	{ "a = $a\n", "$a", NULL },
	{ "a = $b\nb = $a\n", "$a", NULL },
	{ "a = x\n", "${a", NULL },
	{ "a = x\n", "$(a}", NULL },
	{ "a = x\n", "${{$a} == {x} ? {y} : {z}}", NULL },
	{ "a = x\n", "${a?{x}y}", NULL },
	{ "a = x\n", "${a;}", NULL },
	{ "a = x\n", "$-", NULL },
	{ "a = $b$b$b$b$b$b$b$b$b$b\nb = $c$c$c$c$c$c$c$c$c$c\n"
	  "c = $d$d$d$d$d$d$d$d$d$d\nd = $e$e$e$e$e$e$e$e$e$e\ne =\n",
	  "$a$a", NULL },
};

static void
test_expand(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf text = { 0 }, out = { 0 };
		struct maincf *cf;
		int result;

		buf_adds(&text, cases[i].text);
		cf = maincf_parse("F", text.data, "host.example.com");
		result = maincf_expand(cf, cases[i].value, &out);
		if (cases[i].expanded == NULL)
			assert_int_equal(result, -1);
		else {
			assert_int_equal(result, 0);
			assert_string_equal(out.data, cases[i].expanded);
		}
		maincf_free(cf);
		buf_free(&text);
		buf_free(&out);
	}
}

static void
test_lines(void **state)
{
	char text[] = "# x\n\na = 1\n\nb 2\nc = 3\n  4\na = 5";
	struct maincf *cf = maincf_parse("F", text, "h");

	(void)state;
	assert_string_equal(maincf_find(cf, "a")->text, "5");
	assert_int_equal(maincf_find(cf, "a")->line, 8);
	assert_int_equal(maincf_find(cf, "c")->line, 6);
	assert_null(maincf_find(cf, "b"));
	assert_int_equal(maincf_mistake(cf)->line, 5);
	assert_string_equal(maincf_name(cf, 0), "a");
	assert_string_equal(maincf_name(cf, 1), "c");
	assert_null(maincf_name(cf, 2));
	maincf_free(cf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
