#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/verdict.h"

#define OF(class, outcome) VERDICT_##class, VERDICT_##outcome
static const struct {
	enum smtp_stage stage;
	int code;
	const char *text;
	enum verdict_class class;
	enum verdict_outcome outcome;
	const char *status;
} rows[] = {
	/* Success. */
	{ STAGE_GREETING, 220, "x ESMTP", OF(RELAY, DELIVERED), "2.0.0" },
	{ STAGE_AUTH, 235, "2.7.0 ok", OF(RELAY, DELIVERED), "2.7.0" },
	{ STAGE_MAIL, 250, "2.1.0 ok", OF(MESSAGE, DELIVERED), "2.1.0" },
	{ STAGE_RCPT, 250, "ok", OF(RECIPIENT, DELIVERED), "2.0.0" },
	{ STAGE_RCPT, 251, "2.1.5 ok", OF(RECIPIENT, DELIVERED), "2.1.5" },
	{ STAGE_DATA, 354, "go on", OF(MESSAGE, DELIVERED), NULL },
	{ STAGE_BDAT, 250, "2.0.0 5", OF(MESSAGE, DELIVERED), "2.0.0" },
	{ STAGE_END_OF_DATA, 250, "2.6.0 ok", OF(MESSAGE, DELIVERED),
	  "2.6.0" },
	/* Recipient: the others of the message go on. */
	{ STAGE_RCPT, 450, "4.2.1 busy", OF(RECIPIENT, TEMPORARY), "4.2.1" },
	{ STAGE_RCPT, 452, "too many", OF(RECIPIENT, TEMPORARY), "4.5.3" },
	{ STAGE_RCPT, 452, "4.3.1 disk", OF(RECIPIENT, TEMPORARY), "4.3.1" },
	{ STAGE_MAIL, 452, "no space", OF(MESSAGE, TEMPORARY), "4.0.0" },
	{ STAGE_RCPT, 552, "5.2.2 full", OF(RECIPIENT, TEMPORARY), "4.0.0" },
	{ STAGE_RCPT, 550, "5.1.1 who?", OF(RECIPIENT, PERMANENT), "5.1.1" },
	{ STAGE_RCPT, 552, "5.5.3 many", OF(RECIPIENT, TEMPORARY), "4.5.3" },
	{ STAGE_RCPT, 554, "no", OF(RECIPIENT, PERMANENT), "5.0.0" },
	/* Message: all of its recipients. */
	{ STAGE_MAIL, 451, "4.3.0 no", OF(MESSAGE, TEMPORARY), "4.3.0" },
	{ STAGE_MAIL, 552, "5.3.4 big", OF(MESSAGE, PERMANENT), "5.3.4" },
	{ STAGE_MAIL, 553, "5.1.8 no", OF(MESSAGE, PERMANENT), "5.1.8" },
	{ STAGE_DATA, 554, "none", OF(MESSAGE, PERMANENT), "5.0.0" },
	{ STAGE_DATA, 451, "later", OF(MESSAGE, TEMPORARY), "4.0.0" },
	{ STAGE_END_OF_DATA, 451, "4.7.1 grey", OF(MESSAGE, TEMPORARY),
	  "4.7.1" },
	{ STAGE_END_OF_DATA, 554, "5.7.1 spam", OF(MESSAGE, PERMANENT),
	  "5.7.1" },
	{ STAGE_BDAT, 554, "5.6.0 no", OF(MESSAGE, PERMANENT), "5.6.0" },
	/* Relay: touches no message, whatever the command. */
	{ STAGE_GREETING, 554, "no", OF(RELAY, PERMANENT), "5.0.0" },
	{ STAGE_GREETING, 421, "4.3.2 busy", OF(RELAY, TEMPORARY), "4.3.2" },
	{ STAGE_EHLO, 502, "what?", OF(RELAY, PERMANENT), "5.0.0" },
	{ STAGE_STARTTLS, 454, "4.7.0 no", OF(RELAY, TEMPORARY), "4.7.0" },
	{ STAGE_AUTH, 535, "5.7.8 no", OF(RELAY, PERMANENT), "5.7.8" },
	{ STAGE_AUTH, 454, "4.7.0 no", OF(RELAY, TEMPORARY), "4.7.0" },
	{ STAGE_RSET, 500, "what?", OF(RELAY, PERMANENT), "5.0.0" },
	{ STAGE_MAIL, 421, "bye", OF(RELAY, TEMPORARY), "4.0.0" },
	{ STAGE_MAIL, 452, "4.5.3 too many messages", OF(RELAY, TEMPORARY),
	    "4.5.3" },
	{ STAGE_MAIL, 452, "4.3.1 no room", OF(MESSAGE, TEMPORARY), "4.3.1" },
	{ STAGE_RCPT, 421, "4.4.2 bye", OF(RELAY, TEMPORARY), "4.4.2" },
	{ STAGE_END_OF_DATA, 421, "bye", OF(RELAY, TEMPORARY), "4.0.0" },
	{ STAGE_MAIL, 530, "5.7.0 who?", OF(RELAY, PERMANENT), "5.7.0" },
	{ STAGE_RCPT, 530, "5.7.0 who?", OF(RELAY, PERMANENT), "5.7.0" },
	/* Out of protocol. */
	{ STAGE_RCPT, 354, "?", OF(RELAY, TEMPORARY), "4.0.0" },
	{ STAGE_DATA, 250, "?", OF(RELAY, TEMPORARY), "4.0.0" },
	{ STAGE_END_OF_DATA, 354, "?", OF(RELAY, TEMPORARY), "4.0.0" },
	{ STAGE_MAIL, 150, "?", OF(RELAY, TEMPORARY), "4.0.0" },
	{ STAGE_MAIL, 600, "?", OF(RELAY, TEMPORARY), "4.0.0" },
	{ STAGE_MAIL, 0, "?", OF(RELAY, TEMPORARY), "4.0.0" },
	{ STAGE_MAIL, 999, "?", OF(RELAY, TEMPORARY), "4.0.0" },
	/* What is no enhanced status code, or of another class. */
	{ STAGE_RCPT, 550, "4.1.1 x", OF(RECIPIENT, PERMANENT), "5.0.0" },
	{ STAGE_RCPT, 550, "2.1.1 x", OF(RECIPIENT, PERMANENT), "5.0.0" },
	{ STAGE_RCPT, 550, "", OF(RECIPIENT, PERMANENT), "5.0.0" },
	{ STAGE_RCPT, 550, "5", OF(RECIPIENT, PERMANENT), "5.0.0" },
	{ STAGE_RCPT, 550, "5.1", OF(RECIPIENT, PERMANENT), "5.0.0" },
	{ STAGE_RCPT, 550, "5.1.", OF(RECIPIENT, PERMANENT), "5.0.0" },
	{ STAGE_RCPT, 550, "5..1 x", OF(RECIPIENT, PERMANENT), "5.0.0" },
	{ STAGE_RCPT, 550, "5.1.1", OF(RECIPIENT, PERMANENT), "5.1.1" },
	{ STAGE_RCPT, 550, "5.1.1x", OF(RECIPIENT, PERMANENT), "5.0.0" },
	{ STAGE_RCPT, 550, "5.1.1.1 x", OF(RECIPIENT, PERMANENT), "5.0.0" },
	{ STAGE_RCPT, 550, "5.123.456 x", OF(RECIPIENT, PERMANENT),
	  "5.123.456" },
	{ STAGE_RCPT, 550, "5.1234.1 x", OF(RECIPIENT, PERMANENT), "5.0.0" },
	{ STAGE_RCPT, 550, "5.1.1234 x", OF(RECIPIENT, PERMANENT), "5.0.0" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict v = verdict_of_reply(rows[i].stage,
		    rows[i].code, rows[i].text);

		if (v.class != rows[i].class || v.outcome != rows[i].outcome)
			fail_msg("%s: %d %s: class %d, outcome %d",
			    stage_name(rows[i].stage), rows[i].code,
			    rows[i].text, (int)v.class, (int)v.outcome);
		if (rows[i].status != NULL)
			assert_string_equal(v.status, rows[i].status);
		assert_false(v.possible_duplicate);
		assert_non_null(strstr(v.text, rows[i].text));
	}
}

static void
test_text(void **state)
{
	char text[2000];
	struct verdict v;

	(void)state;
	v = verdict_of_reply(STAGE_END_OF_DATA, 250, "2.0.0 Ok: queued as 1");
	assert_string_equal(v.text, "250 2.0.0 Ok: queued as 1");
	v = verdict_of_reply(STAGE_RCPT, 550, "5.1.1 who?");
	assert_string_equal(v.text,
	    "550 5.1.1 who? (in reply to RCPT TO)");
	v = verdict_of_reply(STAGE_RCPT, 550, "a\r\nb\033[31m\177"
	    "\303\251\302\233K\233\377");
	assert_string_equal(v.text,
	    "550 a??b?[31m?\303\251??K?? (in reply to RCPT TO)");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	v = verdict_of_reply(STAGE_MAIL, 250, text);
	assert_true(strlen(v.text) < sizeof(v.text));
	v = verdict_of_reply(STAGE_MAIL, 550, text);
	assert_non_null(strstr(v.text, "x (in reply to MAIL FROM)"));
}

static void
test_names(void **state)
{
	(void)state;
	for (int stage = 0; stage < STAGE_MAX; stage++)
		assert_non_null(stage_name((enum smtp_stage)stage));
}

static void
test_make(void **state)
{
	struct verdict v = verdict_make(VERDICT_LOCAL, VERDICT_TEMPORARY,
	    "4.3.0", "%s:\n%d", "disk", 7);

	(void)state;
	assert_int_equal(v.class, VERDICT_LOCAL);
	assert_int_equal(v.outcome, VERDICT_TEMPORARY);
	assert_false(v.possible_duplicate);
	assert_string_equal(v.status, "4.3.0");
	assert_string_equal(v.text, "disk:?7");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
