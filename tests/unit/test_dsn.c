#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/dsn.h"

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X490 X100 X100 X100 X100 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define ALL (DSN_SUCCESS | DSN_FAILURE | DSN_DELAY)

static const struct {
	const char *text;
	int result;
	unsigned notify;
	const char *again;
} notifies[] = {
	/* RFC 3461, section 4.1 and the examples of section 10. */
	{ "NEVER", 0, DSN_NEVER, "NEVER" },
	{ "SUCCESS", 0, DSN_SUCCESS, "SUCCESS" },
	{ "FAILURE", 0, DSN_FAILURE, "FAILURE" },
	{ "DELAY", 0, DSN_DELAY, "DELAY" },
	{ "SUCCESS,FAILURE", 0, DSN_SUCCESS | DSN_FAILURE,
	    "SUCCESS,FAILURE" },
	{ "SUCCESS,FAILURE,DELAY", 0, ALL, "SUCCESS,FAILURE,DELAY" },
	/* Any case, any order, twice. */
	{ "never", 0, DSN_NEVER, "NEVER" },
	{ "delay,Success,fAILURE", 0, ALL, "SUCCESS,FAILURE,DELAY" },
	{ "failure,failure", 0, DSN_FAILURE, "FAILURE" },
	/* NEVER stands alone. */
	{ "NEVER,SUCCESS", -1, 0, "" },
	{ "SUCCESS,NEVER", -1, 0, "" },
	{ "NEVER,NEVER", -1, 0, "" },
	{ "", -1, 0, "" },
	{ ",", -1, 0, "" },
	{ "SUCCESS,", -1, 0, "" },
	{ ",SUCCESS", -1, 0, "" },
	{ "SUCCESS,,DELAY", -1, 0, "" },
	{ "SUCCESS, DELAY", -1, 0, "" },
	{ " SUCCESS", -1, 0, "" },
	{ "SUCCES", -1, 0, "" },
	{ "SUCCESSS", -1, 0, "" },
	{ "dsn", -1, 0, "" },
};

static void
test_notify(void **state)
{
	struct buf again = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(notifies) / sizeof(notifies[0]); i++) {
		const char *text = notifies[i].text;
		unsigned notify = 0;

		if (dsn_parse_notify(text, strlen(text), &notify) !=
		    notifies[i].result || notify != notifies[i].notify)
			fail_msg("%s: %u", text, notify);
		buf_clear(&again);
		buf_adds(&again, "");
		dsn_print_notify(notify, &again);
		assert_string_equal(again.data, notifies[i].again);
	}
	buf_free(&again);
}

/* Nothing beyond its length is read. */
static void
test_notify_length(void **state)
{
	unsigned notify = 0;

	(void)state;
	assert_int_equal(dsn_parse_notify("DELAY,NEVER", 5, &notify), 0);
	assert_int_equal(notify, DSN_DELAY);
	assert_int_equal(dsn_parse_notify("DELAY,FAILURE", 12, &notify), -1);
	assert_int_equal(dsn_parse_notify("DELAY,FAILURE", 6, &notify), -1);
}

static const struct {
	const char *text;
	int result;
	enum dsn_ret ret;
} rets[] = {
	{ "FULL", 0, DSN_RET_FULL },
	{ "HDRS", 0, DSN_RET_HDRS },
	{ "full", 0, DSN_RET_FULL },
	{ "Hdrs", 0, DSN_RET_HDRS },
	{ "", -1, DSN_RET_NONE },
	{ "FUL", -1, DSN_RET_NONE },
	{ "FULLY", -1, DSN_RET_NONE },
	{ "FULL,HDRS", -1, DSN_RET_NONE },
	{ "HEADERS", -1, DSN_RET_NONE },
};

static void
test_ret(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rets) / sizeof(rets[0]); i++) {
		const char *text = rets[i].text;
		enum dsn_ret ret = DSN_RET_NONE;

		if (dsn_parse_ret(text, strlen(text), &ret) !=
		    rets[i].result || ret != rets[i].ret)
			fail_msg("%s: %d", text, (int)ret);
	}
	assert_string_equal(dsn_ret_name(DSN_RET_FULL), "FULL");
	assert_string_equal(dsn_ret_name(DSN_RET_HDRS), "HDRS");
	assert_string_equal(dsn_ret_name(DSN_RET_NONE), "");
}

struct row {
	const char *text;
	const char *error;	/* a part of it; NULL: it is right */
};

static void
check(const struct row *rows, size_t n,
    const char *(*function)(const char *, size_t))
{
	for (const struct row *r = rows; r < rows + n; r++) {
		const char *error = function(r->text, strlen(r->text));

		if ((error == NULL) != (r->error == NULL) ||
		    (error != NULL && strstr(error, r->error) == NULL))
			fail_msg("'%s': %s", r->text,
			    error != NULL ? error : "right");
	}
}

static const struct row envids[] = {
	{ "QQ314159", NULL },	/* RFC 3461, section 10.1 */
	{ "x", NULL },
	{ "!\"#$%&'()*,-./09:;<>?@AZ[\\]^_`az{|}~", NULL },
	{ "a+20b+2B+3D+7E", NULL },
	{ X100, NULL },
	{ X100 "x", "100" },
	{ "", "empty" },
	{ "a b", "printable" },
	{ "a=b", "printable" },
	{ "a+b", "printable" },
	{ "a+", "printable" },
	{ "a+2", "printable" },
	{ "a+2b", "printable" },		/* upper case only */
	{ "a+G0", "printable" },
	{ "a+0G", "printable" },
	{ "a++20", "printable" },
	/* What it stands for is printable. */
	{ "a+0A", "printable" },
	{ "a+00", "printable" },
	{ "a+1F", "printable" },
	{ "a+7F", "printable" },
	{ "a+E4", "printable" },
	{ "a\tb", "printable" },
	{ "a\r\nb", "printable" },
	{ "a\177", "printable" },
	{ "\303\266", "printable" },
};

static void
test_envid(void **state)
{
	(void)state;
	check(envids, sizeof(envids) / sizeof(envids[0]), dsn_check_envid);
	assert_non_null(dsn_check_envid("a\0b", 3));
	assert_null(dsn_check_envid("a b", 1));
	/* A code is not looked for beyond the length. */
	assert_non_null(dsn_check_envid("a+20", 3));
}

static const struct row orcpts[] = {
	/* RFC 3461, sections 10.1 and 10.4. */
	{ "rfc822;Bob@Example.COM", NULL },
	{ "rfc822;Carol@Ivory.EDU", NULL },
	{ "rfc822;George@Tax-ME.GOV", NULL },
	{ "rfc822;Bob+2Btag@example.com", NULL },
	{ "RFC822;x", NULL },
	{ "x400;/S=x", "printable" },
	{ "x400;/S+3Dx", NULL },
	{ "rfc822;", NULL },
	{ "rfc822;a;b", NULL },
	{ "rfc822;\"a+20b\"@c", NULL },
	{ "rfc822;" X490 "xxx", NULL },
	{ "rfc822;" X490 "xxxx", "500" },
	/* RFC 6533, section 3: both of its forms. */
	{ "utf-8;j\\x{F6}rg@example.com", NULL },
	{ "utf-8;j\303\266rg@example.com", NULL },
	{ "UTF-8;\360\237\230\200@example.com", NULL },
	{ "utf-8;j\366rg@example.com", "printable" },
	{ "utf-8;j\355\240\200", "printable" },
	{ "rfc822;j\303\266rg@example.com", "printable" },
	{ "", "type" },
	{ ";", "type" },
	{ ";a@b", "type" },
	{ "rfc822", "type" },
	{ "a@b", "type" },
	{ "a@b;c", "type" },
	{ "a b;c", "type" },
	{ "a+20;c", "type" },
	{ "\303\266;c", "type" },
	{ "rfc822;a b", "printable" },
	{ "rfc822;a+b@c", "printable" },
	{ "rfc822;a\nb", "printable" },
	{ "rfc822;a> NOTIFY=NEVER", "printable" },
};

static void
test_orcpt(void **state)
{
	(void)state;
	check(orcpts, sizeof(orcpts) / sizeof(orcpts[0]), dsn_check_orcpt);
	assert_non_null(dsn_check_orcpt("\0;a", 3));
	assert_non_null(dsn_check_orcpt("a;\0", 3));
	/* A character that its length cuts in two. */
	assert_non_null(dsn_check_orcpt("utf-8;\303\266", 7));
}

static const char *const xtexts[][2] = {
	{ "QQ314159", "QQ314159" },
	{ "", "" },
	{ "a b", "a+20b" },
	{ "a+b=c", "a+2Bb+3Dc" },
	{ "!~", "!~" },
	{ "\001\t\r\n\177", "+01+09+0D+0A+7F" },
	{ "\303\266", "+C3+B6" },
};

static void
test_xtext(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(xtexts) / sizeof(xtexts[0]); i++) {
		buf_clear(&out);
		buf_adds(&out, "");
		dsn_add_xtext(&out, xtexts[i][0], strlen(xtexts[i][0]));
		assert_string_equal(out.data, xtexts[i][1]);
	}
	buf_clear(&out);
	dsn_add_xtext(&out, "a\0b", 3);
	assert_string_equal(out.data, "a+00b");
	buf_free(&out);
}

/* Whatever is printable can be an envelope identifier, once it is encoded. */
static void
test_xtext_is_xtext(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (char c = ' '; c <= '~'; c++) {
		buf_clear(&out);
		dsn_add_xtext(&out, &c, 1);
		assert_null(dsn_check_envid(out.data, out.len));
	}
	buf_free(&out);
}

static const struct {
	const char *text;
	const char *envid;
	const char *error;
} given[] = {
	{ "QQ314159", "QQ314159", NULL },
	{ "a+20b", "a+20b", NULL },
	{ "a b", "a+20b", NULL },
	{ "a+b=c", "a+2Bb+3Dc", NULL },
	{ "a+20 b", "a+2B20+20b", NULL },
	{ X100, X100, NULL },
	{ X100 "x", "", "100" },
	{ X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxxxx ",
	    X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxxxx+20", NULL },
	{ X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxxxxx ", "", "100" },
	{ "", "", "empty" },
	{ "a\nb", "", "printable" },
	{ "\303\266", "", "printable" },
};

static void
test_add_envid(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		const char *error;

		buf_clear(&out);
		buf_adds(&out, "");
		error = dsn_add_envid(&out, given[i].text);
		assert_string_equal(out.data, given[i].envid);
		assert_int_equal(error == NULL, given[i].error == NULL);
		if (error != NULL && strstr(error, given[i].error) == NULL)
			fail_msg("%s: %s", given[i].text, error);
	}
	buf_free(&out);
}

static const char *const ascii[][2] = {
	{ "rfc822;a+20b@c", "rfc822;a+20b@c" },
	{ "utf-8;j\303\266rg@\346\227\245\346\234\254",
	    "utf-8;j\\x{F6}rg@\\x{65E5}\\x{672C}" },
	{ "utf-8;\360\237\230\200", "utf-8;\\x{1F600}" },
	{ "utf-8;\\x{F6}", "utf-8;\\x{F6}" },
};

static void
test_add_orcpt(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(ascii) / sizeof(ascii[0]); i++) {
		buf_clear(&out);
		dsn_add_orcpt(&out, ascii[i][0]);
		assert_string_equal(out.data, ascii[i][1]);
		assert_null(dsn_check_orcpt(out.data, out.len));
	}
	buf_free(&out);
}

static const char *const decoded[][2] = {
	{ "a", "a" },
	{ "a+2Bb+40c", "a+b@c" },
	{ "+20+7E", " ~" },
	{ "\\x{F6}j\303\266", "\\x{F6}j\303\266" },
};

static void
test_add_decoded(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(decoded) / sizeof(decoded[0]); i++) {
		buf_clear(&out);
		dsn_add_decoded(&out, decoded[i][0], strlen(decoded[i][0]));
		assert_string_equal(out.data, decoded[i][1]);
	}
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_notify_length),
		cmocka_unit_test(test_ret),
		cmocka_unit_test(test_envid),
		cmocka_unit_test(test_orcpt),
		cmocka_unit_test(test_xtext),
		cmocka_unit_test(test_xtext_is_xtext),
		cmocka_unit_test(test_add_envid),
		cmocka_unit_test(test_add_orcpt),
		cmocka_unit_test(test_add_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
