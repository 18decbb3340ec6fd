#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/command.h"
#include "mail/dsn.h"

#define LONG_NAME "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"

/* A line and what it means; code 0 is a command that is accepted. */
static const struct row {
	const char *line;
	size_t len;
	enum command_verb verb;
	int code;
	const char *status;
} rows[] = {
#define ROW(line, verb, ...) \
	{ line, sizeof(line) - 1, COMMAND_##verb, __VA_ARGS__ }
	/* RFC 5321, section 4.1.1, and its scenarios in appendix D. */
	ROW("EHLO bar.com", EHLO, 0, NULL),
	ROW("EHLO [127.0.0.1]", EHLO, 0, NULL),
	ROW("EHLO", EHLO, 0, NULL),
	ROW("HELO  localhost ", HELO, 0, NULL),
	ROW("HELO", HELO, 0, NULL),
	ROW("DATA", DATA, 0, NULL),
	ROW("DATA \t ", DATA, 0, NULL),
	ROW("RSET", RSET, 0, NULL),
	ROW("NOOP", NOOP, 0, NULL),
	ROW("NOOP whatever \"this\" is", NOOP, 0, NULL),
	ROW("VRFY Crispin", VRFY, 0, NULL),
	ROW("HELP", HELP, 0, NULL),
	ROW("HELP MAIL", HELP, 0, NULL),
	ROW("QUIT", QUIT, 0, NULL),
	ROW("quit", QUIT, 0, NULL),
	ROW("Quit\t", QUIT, 0, NULL),
	ROW("  NOOP", NOOP, 0, NULL),
	ROW("VRFY", VRFY, 501, "5.5.4"),
	ROW("DATA now", DATA, 501, "5.5.4"),
	ROW("RSET all", RSET, 501, "5.5.4"),
	ROW("QUIT please", QUIT, 501, "5.5.4"),
	/* What is not a command, and what is not done here. */
	ROW("", UNKNOWN, 500, "5.5.2"),
	ROW("   ", UNKNOWN, 500, "5.5.2"),
	ROW("FOO", UNKNOWN, 500, "5.5.2"),
	ROW("QUI", UNKNOWN, 500, "5.5.2"),
	ROW("QUITS", UNKNOWN, 500, "5.5.2"),
	ROW("QUIT\r", UNKNOWN, 500, "5.5.2"),
	ROW("QUIT\0", UNKNOWN, 500, "5.5.2"),
	ROW("\0QUIT", UNKNOWN, 500, "5.5.2"),
	ROW("Q\0IT", UNKNOWN, 500, "5.5.2"),
	ROW("Subject: hello", UNKNOWN, 500, "5.5.2"),
	ROW(".", UNKNOWN, 500, "5.5.2"),
	ROW("GET / HTTP/1.1", FOREIGN, 500, "5.5.2"),
	ROW("post /x HTTP/1.0", FOREIGN, 500, "5.5.2"),
	ROW("CONNECT localhost:25 HTTP/1.1", FOREIGN, 500, "5.5.2"),
	ROW("PUT /", FOREIGN, 500, "5.5.2"),
	ROW("GETS", UNKNOWN, 500, "5.5.2"),
	ROW("MAILFROM:<a@b>", UNKNOWN, 500, "5.5.2"),
	ROW("EXPN Example-People", UNIMPLEMENTED, 502, "5.5.1"),
	ROW("VERB on", UNIMPLEMENTED, 502, "5.5.1"),
	ROW("onex", UNIMPLEMENTED, 502, "5.5.1"),
	ROW("AUTH PLAIN AGEAYg==", UNIMPLEMENTED, 502, "5.5.1"),
	ROW("STARTTLS", UNIMPLEMENTED, 502, "5.5.1"),
	ROW("ETRN example.com", UNIMPLEMENTED, 502, "5.5.1"),
	ROW("TURN", UNIMPLEMENTED, 502, "5.5.1"),
	ROW("SEND FROM:<a@b>", UNIMPLEMENTED, 502, "5.5.1"),
	ROW("SOML FROM:<a@b>", UNIMPLEMENTED, 502, "5.5.1"),
	ROW("SAML FROM:<a@b>", UNIMPLEMENTED, 502, "5.5.1"),
	/* MAIL without what must be there. */
	ROW("MAIL", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM <a@b>", MAIL, 501, "5.5.4"),
	ROW("MAIL TO:<a@b>", MAIL, 501, "5.5.4"),
	ROW("MAIL F", MAIL, 501, "5.5.4"),
	ROW("MAIL FROMM:<a@b>", MAIL, 501, "5.5.4"),
	ROW("MAIL <a@b>", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:", MAIL, 501, "5.1.7"),
	ROW("MAIL FROM:  ", MAIL, 501, "5.1.7"),
	ROW("RCPT FROM:<a@b>", RCPT, 501, "5.5.4"),
	ROW("RCPT TO", RCPT, 501, "5.5.4"),
	ROW("RCPT TO:", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO: < >", RCPT, 501, "5.1.3"),
	/* Addresses that are none, or more than one. */
	ROW("MAIL FROM:<a@>", MAIL, 501, "5.1.7"),
	ROW("RCPT TO:<@b>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<a@b", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:a@b>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<<a@b>>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<a@b>>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<a@b>NOTIFY=NEVER", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<a@b>,<c@d>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:a@b,c@d", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:a@b,", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:,a@b", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<a@b,c@d>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<a@b c@d>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:A<a@b>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:friends:a@b;", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<friends:a@b;>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:undisclosed-recipients:;", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<a@b\0.c>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<a\r@b>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<\"a\001\"@b>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<\"a@b>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<\"a\\", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<a\377@b>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:<a@[300.1.1.1]>", RCPT, 501, "5.1.3"),
	ROW("RCPT TO:Alice <a@b>", RCPT, 501, "5.5.4"),
	/* Parameters that are not offered, or wrong, or there twice. */
	ROW("MAIL FROM:<a@b> FOO", MAIL, 555, "5.5.4"),
	ROW("MAIL FROM:<a@b> FOO=bar", MAIL, 555, "5.5.4"),
	ROW("MAIL FROM:<a@b> AUTH=<>", MAIL, 555, "5.5.4"),
	ROW("MAIL FROM:<a@b> NOTIFY=NEVER", MAIL, 555, "5.5.4"),
	ROW("RCPT TO:<a@b> SIZE=1", RCPT, 555, "5.5.4"),
	ROW("RCPT TO:<a@b> SMTPUTF8", RCPT, 555, "5.5.4"),
	ROW("MAIL FROM:<a@b> SIZE=1 FOO", MAIL, 555, "5.5.4"),
	ROW("MAIL FROM:<a@b> =", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> -FOO", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> F\0O=1", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> SIZE", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> SIZE=", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> SIZE=-1", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> SIZE=1k", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> SIZE=1\0", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> SIZE=1 SIZE=1", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> BODY=BINARYMIME", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> BODY=8", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> REQUIRETLS=", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> REQUIRETLS=yes", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> REQUIRETLS REQUIRETLS", MAIL, 501, "5.5.4"),
	ROW("RCPT TO:<a@b> REQUIRETLS", RCPT, 555, "5.5.4"),
	ROW("MAIL FROM:<a@b> SMTPUTF8=", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> RET=BODY", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> ENVID=a=b", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> ENVID=", MAIL, 501, "5.5.4"),
	ROW("MAIL FROM:<a@b> ENVID=" LONG_NAME LONG_NAME, MAIL, 501, "5.5.4"),
	ROW("RCPT TO:<a@b> NOTIFY=", RCPT, 501, "5.5.4"),
	ROW("RCPT TO:<a@b> NOTIFY=NEVER,DELAY", RCPT, 501, "5.5.4"),
	ROW("RCPT TO:<a@b> NOTIFY=ALWAYS", RCPT, 501, "5.5.4"),
	ROW("RCPT TO:<a@b> ORCPT=a@b", RCPT, 501, "5.5.4"),
	ROW("RCPT TO:<a@b> ORCPT=rfc822;a ORCPT=rfc822;a", RCPT, 501,
	    "5.5.4"),
	/* RFC 3030. */
	ROW("BDAT", BDAT, 501, "5.5.4"),
	ROW("BDAT LAST", BDAT, 501, "5.5.4"),
	ROW("BDAT -1", BDAT, 501, "5.5.4"),
	ROW("BDAT 0x10 LAST", BDAT, 501, "5.5.4"),
	ROW("BDAT 10LAST", BDAT, 501, "5.5.4"),
	ROW("BDAT 10 LASTS", BDAT, 501, "5.5.4"),
	ROW("BDAT 10 LAST 1", BDAT, 501, "5.5.4"),
	ROW("BDAT 9223372036854775808", BDAT, 501, "5.5.4"),
#undef ROW
};

/* A path that is accepted, and what it is. */
static const struct path {
	const char *line;
	const char *path;
	bool nonascii;
} paths[] = {
	/* RFC 5321, 4.1.1.2, 4.1.1.3, 4.1.2, 4.1.3 and appendix D. */
	{ "MAIL FROM:<Smith@bar.com>", "Smith@bar.com", false },
	{ "RCPT TO:<Jones@foo.com>", "Jones@foo.com", false },
	{ "RCPT TO:<@hosta.int,@jkl.org:userc@d.bar.org>",
	    "userc@d.bar.org", false },
	{ "RCPT TO:<userc@d.bar.org>", "userc@d.bar.org", false },
	{ "MAIL FROM:<@a.example:joe@b.example>", "joe@b.example", false },
	{ "RCPT TO:<Postmaster>", "Postmaster", false },
	{ "RCPT TO:<postmaster@[127.0.0.1]>", "postmaster@[127.0.0.1]",
	    false },
	{ "RCPT TO:<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", false },
	{ "MAIL FROM:<>", "", false },
	{ "RCPT TO:<\"Joe.\\Blow\"@b.example>", "Joe.Blow@b.example", false },
	{ "RCPT TO:<\"a b\"@c>", "\"a b\"@c", false },
	{ "RCPT TO:<\"a>b\\\"<\"@c>", "\"a>b\\\"<\"@c", false },
	{ "RCPT TO:<\"a\\\">b\"@c>", "\"a\\\">b\"@c", false },
	{ "RCPT TO:<\"a@b\"@c>", "\"a@b\"@c", false },
	/* Tolerance: case, blanks, brackets, bare names. */
	{ "mail from:<a@b>", "a@b", false },
	{ "Mail  From : <a@b> ", "a@b", false },
	{ "MAIL FROM: <>", "", false },
	{ "MAIL FROM:\t<a@b>\t", "a@b", false },
	{ "MAIL FROM: a@b", "a@b", false },
	{ "MAIL FROM:a@b SIZE=5", "a@b", false },
	{ "MAIL FROM:< a@b >", "a@b", false },
	{ "RCPT TO:<root>", "root", false },
	{ "RCPT TO: root", "root", false },
	{ "RCPT TO:<a@b.>", "a@b", false },
	{ "RCPT TO:<a.@b>", "\"a.\"@b", false },
	{ "RCPT TO:\"a b\"@c", "\"a b\"@c", false },
	{ "RCPT TO:<host!user@b>", "host!user@b", false },
	{ "RCPT TO:<|cmd>", "|cmd", false },
	/* RFC 6531. */
	{ "RCPT TO:<\303\244@b>", "\303\244@b", true },
	{ "MAIL FROM:<a@\303\244.example> SMTPUTF8", "a@\303\244.example",
	    true },
};

static void
test_rows(void **state)
{
	struct buf path = { 0 };
	struct command got;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&got, 0xa5, sizeof(got));
		command_parse(rows[i].line, rows[i].len, &got, &path);
		if (got.verb != rows[i].verb || got.code != rows[i].code)
			fail_msg("%s: verb %d, %d %s", rows[i].line, got.verb,
			    got.code, got.code != 0 ? got.error : "");
		if (got.code == 0) {
			assert_null(got.status);
			assert_null(got.error);
			continue;
		}
		assert_string_equal(got.status, rows[i].status);
		assert_true(got.error[0] != '\0');
	}
	buf_free(&path);
}

static void
test_paths(void **state)
{
	struct buf path = { 0 };
	struct command got;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		command_parse(paths[i].line, strlen(paths[i].line), &got,
		    &path);
		if (got.code != 0)
			fail_msg("%s: %d %s", paths[i].line, got.code,
			    got.error);
		assert_string_equal(path.data, paths[i].path);
		assert_int_equal(got.nonascii, paths[i].nonascii);
	}
	buf_free(&path);
}

static void
check_text(const char *text, size_t len, const char *want)
{
	assert_non_null(text);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(text, want, len);
}

static void
test_mail_parameters(void **state)
{
	static const char line[] = "MAIL FROM:<a@b> size=100 Body=8bitmime "
	    "SMTPUTF8 ret=hdrs RequireTLS ENVID=QQ314159";
	struct buf path = { 0 };
	struct command got;

	(void)state;
	command_parse(line, strlen(line), &got, &path);
	assert_int_equal(got.code, 0);
	assert_int_equal(got.size, 100);
	assert_true(got.smtputf8);
	assert_true(got.require_tls);
	assert_int_equal(got.ret, DSN_RET_HDRS);
	check_text(got.envid, got.envidlen, "QQ314159");
	command_parse("MAIL FROM:<a@b> BODY=7BIT", 25, &got, &path);
	assert_int_equal(got.code, 0);
	assert_int_equal(got.size, 0);
	assert_false(got.smtputf8);
	assert_false(got.require_tls);
	assert_int_equal(got.ret, DSN_RET_NONE);
	assert_null(got.envid);
	buf_free(&path);
}

/* RFC 1870 allows 20 digits, which is more than a number has here. */
static void
test_size(void **state)
{
	static const char line[] = "MAIL FROM:<> SIZE=99999999999999999999";
	struct buf path = { 0 };
	struct command got;

	(void)state;
	command_parse(line, strlen(line), &got, &path);
	assert_int_equal(got.code, 0);
	assert_true(got.size == UINT64_MAX);
	command_parse(line, strlen(line) - 1, &got, &path);
	assert_true(got.size == 9999999999999999999U);
	buf_free(&path);
}

static void
test_rcpt_parameters(void **state)
{
	static const char line[] = "RCPT TO:<Dana@Ivory.EDU> "
	    "NOTIFY=success,FAILURE ORCPT=rfc822;Dana+40Ivory.EDU ";
	struct buf path = { 0 };
	struct command got;

	(void)state;
	command_parse(line, strlen(line), &got, &path);
	assert_int_equal(got.code, 0);
	assert_int_equal(got.notify, DSN_SUCCESS | DSN_FAILURE);
	check_text(got.orcpt, got.orcptlen, "rfc822;Dana+40Ivory.EDU");
	command_parse("RCPT TO:<a@b>", 13, &got, &path);
	assert_int_equal(got.notify, 0);
	assert_null(got.orcpt);
	buf_free(&path);
}

static void
test_bdat(void **state)
{
	struct buf path = { 0 };
	struct command got;

	(void)state;
	command_parse("BDAT 1000", 9, &got, &path);
	assert_int_equal(got.code, 0);
	assert_int_equal(got.chunk, 1000);
	assert_false(got.last);
	command_parse("bdat  0 last ", 13, &got, &path);
	assert_int_equal(got.code, 0);
	assert_int_equal(got.chunk, 0);
	assert_true(got.last);
	command_parse("BDAT 9223372036854775807 LAST", 29, &got, &path);
	assert_true(got.chunk == INT64_MAX);
	buf_free(&path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_mail_parameters),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_rcpt_parameters),
		cmocka_unit_test(test_bdat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
