#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flush/smarthost.h"

#define LONG "0123456789012345678901234567890123456789" \
	"0123456789012345678901234567890123456789"

/* What agents say of where they are, and the address in it. */
static const struct {
	const char *relay;
	const char *address;
} rows[] = {
	{ "mail.example.com[192.0.2.1]:465", "192.0.2.1" },
	{ "mail.example.com[2001:db8::1]:587", "2001:db8::1" },
	{ "::1[::1]:25", "::1" },
	{ "h[fe80::1%eth0]:465", "fe80::1%eth0" },
	{ "h[]:465", NULL },
	{ "h:465", NULL },
	{ "", NULL },
	{ "h[" LONG "]:465", NULL },
};

static void
test_address(void **state)
{
	struct smarthost s = { 0 };

	(void)state;
	assert_null(smarthost_address(&s));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *address;

		smarthost_answered(&s, "before[192.0.2.9]:25");
		smarthost_answered(&s, rows[i].relay);
		address = smarthost_address(&s);
		if (rows[i].address == NULL)
			assert_null(address);
		else
			assert_string_equal(address, rows[i].address);
	}
}

/* What worked long ago may not work any more. */
static void
test_forgets(void **state)
{
	struct smarthost s = { 0 };

	(void)state;
	smarthost_answered(&s, "h[192.0.2.1]:25");
	s.answered -= 599 * 1000;
	assert_string_equal(smarthost_address(&s), "192.0.2.1");
	s.answered -= 2 * 1000;
	assert_null(smarthost_address(&s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
