#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "smtp/sasl.h"
#include "spool/config.h"

/* What the server says, and the answers; NULL where there is none. */
static const struct {
	uint64_t mechanism;
	const char *user;
	const char *password;
	const char *challenges[3];
	const char *responses[3];
} rows[] = {
	/* RFC 4616, section 4. */
	{ AUTH_PLAIN, "tim", "tanstaaftanstaaf", { "" },
	    { "AHRpbQB0YW5zdGFhZnRhbnN0YWFm" } },
	{ AUTH_PLAIN, "u@example.com", "p w", { "" },
	    { "AHVAZXhhbXBsZS5jb20AcCB3" } },
	{ AUTH_PLAIN, "j\xc3\xbcrgen", "\xe2\x82\xac", { "" },
	    { "AGrDvHJnZW4A4oKs" } },
	{ AUTH_PLAIN, "u", "p", { "", "" }, { "AHUAcA==", NULL } },
	{ AUTH_PLAIN, "u", "p", { "dGVzdA==" }, { NULL } },
	/* The usual prompts, none at all, and no base 64. */
	{ AUTH_LOGIN, "user", "secret",
	    { "VXNlcm5hbWU6", "UGFzc3dvcmQ6" }, { "dXNlcg==", "c2VjcmV0" } },
	{ AUTH_LOGIN, "user", "secret", { "", "" },
	    { "dXNlcg==", "c2VjcmV0" } },
	{ AUTH_LOGIN, "user", "secret", { "Username:", "Password:", "?" },
	    { "dXNlcg==", "c2VjcmV0", NULL } },
};

static void
test_rows(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sasl s = {
			.mechanism = rows[i].mechanism,
			.user = rows[i].user,
			.password = rows[i].password,
		};

		for (size_t n = 0; n < 3 && rows[i].challenges[n] != NULL;
		    n++) {
			const char *want = rows[i].responses[n];

			buf_clear(&out);
			assert_int_equal(sasl_respond(&s,
			    rows[i].challenges[n], &out), want ? 0 : -1);
			if (want != NULL)
				assert_string_equal(out.data, want);
		}
	}
	buf_free(&out);
}

static void
test_names(void **state)
{
	(void)state;
	assert_int_equal(sasl_mechanism("PLAIN", 5), AUTH_PLAIN);
	assert_int_equal(sasl_mechanism("Login", 5), AUTH_LOGIN);
	assert_int_equal(sasl_mechanism("PLAINS", 6), 0);
	assert_int_equal(sasl_mechanism("PLAINS", 4), 0);
	assert_int_equal(sasl_mechanism("", 0), 0);
	assert_string_equal(sasl_name(AUTH_PLAIN), "PLAIN");
	assert_string_equal(sasl_name(AUTH_LOGIN), "LOGIN");
}

static void
test_strongest(void **state)
{
	(void)state;
	assert_int_equal(sasl_strongest(AUTH_AUTO), AUTH_PLAIN);
	assert_int_equal(sasl_strongest(AUTH_LOGIN), AUTH_LOGIN);
	assert_int_equal(sasl_strongest(0), 0);
	assert_true(sasl_speaks_first(AUTH_PLAIN));
	assert_false(sasl_speaks_first(AUTH_LOGIN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_strongest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
