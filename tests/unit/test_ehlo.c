#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smtp/ehlo.h"
#include "spool/config.h"

#define HELLO "mx.example.com at your service\n"

static const struct {
	const char *text;
	struct capabilities want;
} rows[] = {
	{ "", { 0 } },
	{ "mx.example.com", { 0 } },
	/* The first line is a greeting, whatever it says. */
	{ "PIPELINING", { 0 } },
	{ "CHUNKING\nPIPELINING", { .pipelining = true } },
	{ HELLO "PIPELINING\nCHUNKING\n8BITMIME\nSTARTTLS\nSIZE 1000",
	    { .pipelining = true, .chunking = true, .eightbitmime = true,
	    .starttls = true, .size = true, .size_limit = 1000 } },
	{ HELLO "pipelining\nChunking\n8BitMime\nstartTLS\nsize 7",
	    { .pipelining = true, .chunking = true, .eightbitmime = true,
	    .starttls = true, .size = true, .size_limit = 7 } },
	/* Unknown ones, longer and shorter names, parameters. */
	{ HELLO "XCLIENT NAME\nPIPELININGS\nPIPE\nCHUNKING X\n\nETRN",
	    { .chunking = true } },
	{ HELLO "DSN\nSMTPUTF8", { .dsn = true, .smtputf8 = true } },
	{ HELLO "RequireTLS\nREQUIRETLS=1", { .require_tls = true } },
	{ HELLO "REQUIRETL\nREQUIRETLSS", { 0 } },
	{ HELLO "dsn\nSMTPUTF", { .dsn = true } },
	{ HELLO "DSNS\nsmtputf8 x", { .smtputf8 = true } },
	{ HELLO "8BITMIME\r\n STARTTLS \t\n",
	    { .eightbitmime = true, .starttls = true } },
	/* RFC 1870: no number and 0 are no limit. */
	{ HELLO "SIZE", { .size = true } },
	{ HELLO "SIZE 0", { .size = true } },
	{ HELLO "SIZE  52428800 ", { .size = true, .size_limit = 52428800 } },
	{ HELLO "SIZE 10M", { .size = true } },
	{ HELLO "SIZE -1", { .size = true } },
	{ HELLO "SIZE=10", { 0 } },
	{ HELLO "SIZE 18446744073709551609",
	    { .size = true, .size_limit = 18446744073709551609u } },
	{ HELLO "SIZE 99999999999999999999", { .size = true } },
	/* RFC 9422; what is unknown or no number limits nothing. */
	{ HELLO "LIMITS RCPTMAX=20 MAILMAX=7",
	    { .rcpt_max = 20, .mail_max = 7 } },
	{ HELLO "limits  mailmax=7 RCPTDOMAINMAX=3", { .mail_max = 7 } },
	{ HELLO "LIMITS RCPTMAX= MAILMAX=x7 RCPTMAX", { 0 } },
	{ HELLO "LIMITS RCPTMAX=99999999999", { 0 } },
	{ HELLO "LIMITS\nRCPTMAX=3", { 0 } },
	/* RFC 4954, and as it was before the RFCs. */
	{ HELLO "AUTH PLAIN LOGIN", { .auth = AUTH_PLAIN | AUTH_LOGIN,
	    .mechanisms = "PLAIN LOGIN" } },
	{ HELLO "auth=Plain login", { .auth = AUTH_PLAIN | AUTH_LOGIN,
	    .mechanisms = "Plain login" } },
	{ HELLO "AUTH GSSAPI LOGIN\nAUTH=PLAIN",
	    { .auth = AUTH_PLAIN | AUTH_LOGIN,
	    .mechanisms = "GSSAPI LOGIN PLAIN" } },
	{ HELLO "AUTH DIGEST-MD5 XPLAIN PLAINS",
	    { .mechanisms = "DIGEST-MD5 XPLAIN PLAINS" } },
	{ HELLO "AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 XOAUTH2",
	    { .auth = AUTH_SCRAM_SHA_256_PLUS | AUTH_SCRAM_SHA_256 |
	    AUTH_XOAUTH2,
	    .mechanisms = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 XOAUTH2" } },
	{ HELLO "AUTH", { 0 } },
	{ HELLO "AUTH=", { 0 } },
	{ HELLO "AUTHPLAIN LOGIN", { 0 } },
};

static void
test_rows(void **state)
{
	struct capabilities got;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct capabilities *want = &rows[i].want;

		memset(&got, 0xa5, sizeof(got));
		ehlo_parse(rows[i].text, &got);
		assert_int_equal(got.pipelining, want->pipelining);
		assert_int_equal(got.chunking, want->chunking);
		assert_int_equal(got.eightbitmime, want->eightbitmime);
		assert_int_equal(got.starttls, want->starttls);
		assert_int_equal(got.dsn, want->dsn);
		assert_int_equal(got.smtputf8, want->smtputf8);
		assert_int_equal(got.require_tls, want->require_tls);
		assert_int_equal(got.size, want->size);
		assert_true(got.size_limit == want->size_limit);
		assert_true(got.mail_max == want->mail_max);
		assert_true(got.rcpt_max == want->rcpt_max);
		assert_int_equal(got.auth, want->auth);
		assert_string_equal(got.mechanisms, want->mechanisms);
	}
}

/* A list that does not fit is still understood. */
static void
test_many_mechanisms(void **state)
{
	struct capabilities got;
	char text[2048] = HELLO "AUTH";

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(text, " MECHANISM-X");
	strcat(text, " PLAIN");
	ehlo_parse(text, &got);
	assert_int_equal(got.auth, AUTH_PLAIN);
	assert_true(strlen(got.mechanisms) < sizeof(got.mechanisms));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_many_mechanisms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
