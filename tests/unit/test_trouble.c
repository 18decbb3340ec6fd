#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/trouble.h"

static void
test_names(void **state)
{
	(void)state;
	for (int i = 0; i < TROUBLE_KINDS; i++) {
		const char *name = trouble_name((enum trouble)i);

		assert_int_equal(trouble_named(name), i);
		assert_null(strchr(name, ' '));
		assert_true(strlen(trouble_text((enum trouble)i)) > 10);
	}
	assert_int_equal(trouble_named(""), TROUBLE_KINDS);
	assert_int_equal(trouble_named("tlsx"), TROUBLE_KINDS);
	assert_int_equal(trouble_named("tl"), TROUBLE_KINDS);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
