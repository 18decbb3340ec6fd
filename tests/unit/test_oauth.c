#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "smtp/exchange.h"
#include "smtp/oauth.h"

#define TOKEN	"vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
#define EXCHANGE { .user = "user@example.com", .secret = TOKEN, \
		.host = "server.example.com", .port = "143" }

static int
bearer(struct exchange *e, const char *text, struct buf *out)
{
	struct buf challenge = { 0 };
	int result;

	buf_adds(&challenge, text);
	buf_clear(out);
	result = oauth_bearer(e, &challenge, out);
	e->step++;
	buf_free(&challenge);
	return result;
}

static int
xoauth2(struct exchange *e, const char *text, struct buf *out)
{
	struct buf challenge = { 0 };
	int result;

	buf_adds(&challenge, text);
	buf_clear(out);
	result = oauth_xoauth2(e, &challenge, out);
	e->step++;
	buf_free(&challenge);
	return result;
}

/* RFC 7628, section 4.1. */
static void
test_bearer(void **state)
{
	struct exchange e = EXCHANGE;
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(bearer(&e, "", &out), 0);
	assert_string_equal(out.data, "n,a=user@example.com,\1"
	    "host=server.example.com\1port=143\1auth=Bearer " TOKEN "\1\1");
	e = (struct exchange)EXCHANGE;
	e.user = "a=b,c@example.com";
	assert_int_equal(bearer(&e, "", &out), 0);
	assert_memory_equal(out.data, "n,a=a=3Db=2Cc@example.com,\1", 27);
	buf_free(&out);
}

/* RFC 7628, section 4.3: an error is answered so that the reply follows. */
static void
test_refused(void **state)
{
	static const char error[] = "{\"status\":\"invalid_token\"}";
	struct exchange e = EXCHANGE, x = EXCHANGE;
	struct buf out = { 0 };

	(void)state;
	bearer(&e, "", &out);
	assert_int_equal(bearer(&e, error, &out), 0);
	assert_string_equal(out.data, "\1");
	assert_string_equal(e.refusal, error);
	assert_int_equal(bearer(&e, error, &out), -1);

	xoauth2(&x, "", &out);
	assert_int_equal(xoauth2(&x, error, &out), 0);
	assert_int_equal(out.len, 0);
	assert_string_equal(x.refusal, error);
	assert_int_equal(xoauth2(&x, "", &out), -1);
	buf_free(&out);
}

static void
test_xoauth2(void **state)
{
	struct exchange e = {
		.user = "someuser@example.com",
		.secret = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg",
	};
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(xoauth2(&e, "", &out), 0);
	assert_string_equal(out.data, "user=someuser@example.com\1"
	    "auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\1\1");
	buf_free(&out);
}

/* What would be read as a further field is no token, nor is a challenge. */
static void
test_bad(void **state)
{
	static const char *const tokens[] = {
		"two words", "a\1host=x", "a\tb", "caf\xc3\xa9", "a\x7f",
	};
	struct exchange e = EXCHANGE;
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(bearer(&e, "?", &out), -1);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		e = (struct exchange)EXCHANGE;
		e.secret = tokens[i];
		assert_int_equal(bearer(&e, "", &out), -1);
		assert_int_equal(out.len, 0);
		assert_non_null(strstr(e.error, "token"));
		e.step = 0;
		assert_int_equal(xoauth2(&e, "", &out), -1);
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bearer),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_xoauth2),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
