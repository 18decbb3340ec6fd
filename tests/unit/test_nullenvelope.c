#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ctl/import/nullenvelope.h"

static const struct {
	const char *text;
	const char *sender;	/* NULL: it is malformed */
	const char *recipients;	/* each with a blank behind it */
	const char *message;
} cases[] = {
	{ "a@b\nc@d\n\nSubject: x\n\nx\n", "a@b", "c@d ",
	  "Subject: x\n\nx\n" },
	{ "\nc@d\ne@f\n\n\nx", "", "c@d e@f ", "\nx" },
	{ "a@b\nc@d\n\n", "a@b", "c@d ", "" },
	{ "", NULL, NULL, NULL },
	{ "a@b", NULL, NULL, NULL },
	{ "a@b\n", NULL, NULL, NULL },
	{ "a@b\nc@d", NULL, NULL, NULL },
	{ "a@b\nc@d\n", NULL, NULL, NULL },
	{ "a@b\n\nx\n", NULL, NULL, NULL },
};

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf text = { 0 }, recipients = { 0 };
		struct nullenvelope e;
		const char *wrong;

		buf_adds(&text, cases[i].text);
		wrong = nullenvelope_parse(&e, text.data, text.len);
		assert_int_equal(wrong == NULL, cases[i].sender != NULL);
		if (wrong == NULL) {
			assert_string_equal(e.sender, cases[i].sender);
			for (char **r = e.recipients; *r != NULL; r++)
				buf_printf(&recipients, "%s ", *r);
			assert_string_equal(recipients.data,
			    cases[i].recipients);
			assert_string_equal(cases[i].text + e.length,
			    cases[i].message);
		}
		nullenvelope_free(&e);
		buf_free(&text);
		buf_free(&recipients);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
