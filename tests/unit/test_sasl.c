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
#include "smtp/sasl.h"
#include "spool/config.h"

/* What the server says, and the answers; NULL where there is none. */
static const struct {
	uint64_t mechanism;
	const char *user;
	const char *secret;
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
	/* RFC 2195, section 2. */
	{ AUTH_CRAM_MD5, "tim", "tanstaaftanstaaf",
	    { "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
	    "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+" },
	    { "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw", NULL } },
	{ AUTH_CRAM_MD5, "u", "p", { "" }, { NULL } },
	{ AUTH_CRAM_MD5, "u", "p", { "no base 64" }, { NULL } },
	/* RFC 4422, appendix A. */
	{ AUTH_EXTERNAL, "fred@example.com", NULL, { "", "" },
	    { "ZnJlZEBleGFtcGxlLmNvbQ==", NULL } },
	/* RFC 7628, section 4: the token, an error, and how it is ended. */
	{ AUTH_OAUTHBEARER, "user@example.com",
	    "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
	    { "", "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=", "e30=" },
	    { "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29t"
	    "AXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJo"
	    "ZG1semRHRXVZMjl0Q2c9PQEB", "AQ==", NULL } },
	/* An error there is answered by an empty line. */
	{ AUTH_XOAUTH2, "someuser@example.com",
	    "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg",
	    { "", "eyJzdGF0dXMiOiI0MDAifQ==", "" },
	    { "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZG"
	    "OWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==",
	    "", NULL } },
	/* RFC 5802, section 5, and RFC 7677, section 3, in base 64. */
	{ AUTH_SCRAM_SHA_1, "user", "pencil",
	    { "", "cj1yT3ByTkdmd0ViZVJXZ2JORWtxT3gscz1RU1hDUitRNnNlazhiZjkyLGk9"
	    "NDA5NQ==" }, { "biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=",
	    NULL } },
	{ AUTH_SCRAM_SHA_256, "user", "pencil",
	    { "", "cj1yT3ByTkdmd0ViZVJXZ2JORWtxTyVodllEcFdVYTJSYVRDQWZ1eEZJbGop"
	    "aE5sRiRrMCxzPVcyMlphSjBTTlk3c29Fc1VFamI2Z1E9PSxpPTQwOTY=",
	    "dj02cnJpVFJCaTIzV3BSUi93dHVwK21NaFVaVW4vZEI1bkxUSlJzamw5NUc0"
	    "PQ==" },
	    { "biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=",
	    "Yz1iaXdzLHI9ck9wck5HZndFYmVSV2diTkVrcU8laHZZRHBXVWEyUmFUQ0FmdXhG"
	    "SWxqKWhObEYkazAscD1kSHpiWmFwV0lrNGpVaE4rVXRlOXl0YWc5empmTUhnc3Ft"
	    "bWl6N0FuZFZRPQ==", "" } },
	{ AUTH_SCRAM_SHA_256, "user", "pencil", { "", "r=no base 64" },
	    { "biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=", NULL } },
};

static void
test_rows(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct exchange e = {
			.user = rows[i].user,
			.secret = rows[i].secret,
			.host = "server.example.com",
			.port = "143",
			.nonce = "rOprNGfwEbeRWgbNEkqO",
		};

		for (size_t n = 0; n < 3 && rows[i].challenges[n] != NULL;
		    n++) {
			const char *want = rows[i].responses[n];

			buf_clear(&out);
			assert_int_equal(sasl_respond(rows[i].mechanism, &e,
			    rows[i].challenges[n], &out), want ? 0 : -1);
			if (want != NULL)
				assert_string_equal(out.data, want);
			else
				assert_non_null(e.error);
			assert_int_equal(e.step, want ? n + 1 : n);
		}
		exchange_end(&e);
	}
	buf_free(&out);
}

/* Strongest first, and whether the client speaks first. */
static const struct {
	uint64_t mechanism;
	const char *name;
	bool first;
} names[] = {
	{ AUTH_EXTERNAL, "EXTERNAL", true },
	{ AUTH_SCRAM_SHA_256_PLUS, "SCRAM-SHA-256-PLUS", true },
	{ AUTH_SCRAM_SHA_1_PLUS, "SCRAM-SHA-1-PLUS", true },
	{ AUTH_SCRAM_SHA_256, "SCRAM-SHA-256", true },
	{ AUTH_SCRAM_SHA_1, "SCRAM-SHA-1", true },
	{ AUTH_CRAM_MD5, "CRAM-MD5", false },
	{ AUTH_OAUTHBEARER, "OAUTHBEARER", true },
	{ AUTH_XOAUTH2, "XOAUTH2", true },
	{ AUTH_PLAIN, "PLAIN", true },
	{ AUTH_LOGIN, "LOGIN", false },
};
enum { NNAMES = sizeof(names) / sizeof(names[0]) };

static void
test_names(void **state)
{
	uint64_t left = AUTH_AUTO | AUTH_TOKEN;

	(void)state;
	for (size_t i = 0; i < NNAMES; i++) {
		assert_int_equal(sasl_mechanism(names[i].name,
		    strlen(names[i].name)), names[i].mechanism);
		assert_string_equal(sasl_name(names[i].mechanism),
		    names[i].name);
		assert_int_equal(sasl_speaks_first(names[i].mechanism),
		    names[i].first);
		assert_int_equal(sasl_strongest(left), names[i].mechanism);
		left &= ~names[i].mechanism;
	}
	assert_int_equal(left, 0);
	assert_int_equal(sasl_strongest(0), 0);
	assert_int_equal(sasl_mechanism("Login", 5), AUTH_LOGIN);
	assert_int_equal(sasl_mechanism("PLAINS", 6), 0);
	assert_int_equal(sasl_mechanism("PLAINS", 4), 0);
	assert_int_equal(sasl_mechanism("SCRAM-SHA-1-PLUS", 11),
	    AUTH_SCRAM_SHA_1);
	assert_int_equal(sasl_mechanism("", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
