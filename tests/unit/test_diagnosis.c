#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/diagnosis.h"
#include "mail/verdict.h"
#include "tests/unit/expand.h"

static const struct {
	const char *reason;
	const char *status;
	bool replied;
	const char *text;
	const char *command;
} rows[] = {
	{ "", "", false, "", NULL },
	{ "  ", "", false, "", NULL },
	{ "5.0.0   x", "5.0.0", false, "x", NULL },
	{ "5.1.1 550 5.1.1 who? (in reply to RCPT TO)", "5.1.1",
	    true, "550 5.1.1 who?", "RCPT TO" },
	{ "4.4.7 451 4.7.1 grey (in reply to end of DATA)", "4.4.7",
	    true, "451 4.7.1 grey", "end of DATA" },
	{ "2.0.0 250 2.0.0 queued", "2.0.0", true, "250 2.0.0 queued", NULL },
	{ "2.0.0 250", "2.0.0", true, "250", NULL },
	{ "5.0.0 550  (in reply to RCPT TO)", "5.0.0", true, "550",
	    "RCPT TO" },
	/* The last one counts, which is ours. */
	{ "5.0.0 550 x (in reply to DATA) (in reply to MAIL FROM)", "5.0.0",
	    true, "550 x (in reply to DATA)", "MAIL FROM" },
	/* Words of ours. */
	{ "5.6.7 the sender's address is not ASCII", "5.6.7", false,
	    "the sender's address is not ASCII", NULL },
	{ "4.4.2 421 bye (in reply to DATA); it may have been sent", "4.4.2",
	    false, "421 bye (in reply to DATA); it may have been sent", NULL },
	{ "4.4.2 421 bye (in reply to HELP)", "4.4.2", false,
	    "421 bye (in reply to HELP)", NULL },
	{ "4.4.2 421 bye (in reply to DATA", "4.4.2", false,
	    "421 bye (in reply to DATA", NULL },
	{ "2.0.0 250 (in reply to X)", "2.0.0", false, "250 (in reply to X)",
	    NULL },
	{ "5.0.0 550 no", "5.0.0", false, "550 no", NULL },
	/* No code. */
	{ "5.0.0 5500 x (in reply to DATA)", "5.0.0", false,
	    "5500 x (in reply to DATA)", NULL },
	{ "5.0.0 150 x (in reply to DATA)", "5.0.0", false,
	    "150 x (in reply to DATA)", NULL },
	{ "5.0.0 650 x (in reply to DATA)", "5.0.0", false,
	    "650 x (in reply to DATA)", NULL },
	{ "5.0.0 5 0 x (in reply to DATA)", "5.0.0", false,
	    "5 0 x (in reply to DATA)", NULL },
	/* No status. */
	{ "550 x (in reply to DATA)", "", true, "550 x", "DATA" },
	{ "5.1 x", "", false, "5.1 x", NULL },
	{ "3.0.0 x", "", false, "3.0.0 x", NULL },
	{ "5.0.0x y", "", false, "5.0.0x y", NULL },
	{ "5.1234.0 y", "", false, "5.1234.0 y", NULL },
	{ "5.123.456", "5.123.456", false, "", NULL },
	/* Cut. */
	{ "5.0.0 550 {x*240}", "5.0.0", true, "550 {x*240}", NULL },
	{ "5.0.0 550 {x*230} (in re", "5.0.0", true, "550 {x*230} (in re",
	    NULL },
	{ "5.0.0 550 {x*221}", "5.0.0", false, "550 {x*221}", NULL },
	{ "5.0.0 550 {x*222}", "5.0.0", true, "550 {x*222}", NULL },
	{ "5.0.0 x {x*240}", "5.0.0", false, "x {x*240}", NULL },
};

static void
test_rows(void **state)
{
	struct buf reason = { 0 }, text = { 0 };
	struct diagnosis d;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&reason);
		buf_clear(&text);
		expand(&reason, rows[i].reason);
		expand(&text, rows[i].text);
		diagnosis_read(reason.data, &d);
		assert_string_equal(d.status, rows[i].status);
		assert_int_equal(d.len, text.len);
		assert_memory_equal(d.text, text.data, text.len);
		assert_int_equal(d.replied, rows[i].replied);
		if (rows[i].command == NULL)
			assert_null(d.command);
		else
			assert_string_equal(d.command, rows[i].command);
	}
	buf_free(&reason);
	buf_free(&text);
}

/* What verdict_of_reply makes of each command is taken apart again. */
static void
test_verdicts(void **state)
{
	struct diagnosis d;
	struct verdict v;
	char reason[256];

	(void)state;
	for (int stage = 0; stage < STAGE_MAX; stage++) {
		v = verdict_of_reply((enum smtp_stage)stage, 554, "5.7.1 no");
		snprintf(reason, sizeof(reason), "%s %.200s", v.status,
		    v.text);
		diagnosis_read(reason, &d);
		assert_true(d.replied);
		assert_string_equal(d.status, "5.7.1");
		assert_int_equal(d.len, strlen("554 5.7.1 no"));
		assert_memory_equal(d.text, "554 5.7.1 no", d.len);
		assert_string_equal(d.command,
		    stage_name((enum smtp_stage)stage));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
