#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/verdict.h"
#include "smtp/progress.h"

/*
 * A transaction to two recipients, with all of its replies as they come when
 * it is sent in one go.  "." is the end of the data going out, and no code
 * the end of the connection.  What becomes of each recipient: delivered,
 * temporary, permanent failure, unknown, or in capitals possibly delivered.
 */
static const struct {
	const char *replies;
	const char *outcome;
	bool goes_on;
} rows[] = {
	/* BDAT, sent with the envelope. */
	{ ". M250 R250 r250 E250", "dd", true },
	{ ". M250 R550 r250 E250", "pd", true },
	{ ". M250 R250 r450 E250", "dt", true },
	{ ". M250 R250 r550 E451", "tp", true },
	{ ". M250 R250 r250 E554", "pp", true },
	/* RFC 5321, 4.5.3.1.10: 552 to RCPT is meant as 452. */
	{ ". M250 R250 r552 E250", "dt", true },
	/* What follows from a refusal says nothing. */
	{ ". M451 R503 r503 E503", "tt", true },
	{ ". M552 R503 r503 E530", "pp", true },
	{ ". M250 R550 r450 E503", "pt", true },
	{ ". M250 R550 r450 E250", "pt", true },
	/* The relay's fault touches no message, unless it was delivered. */
	{ ". M530 R503 r503 E503", "??", false },
	{ ". M250 R530 r530 E503", "??", false },
	{ ". M250 R250 r530 E250", "dt", false },
	{ ". M250 R250 r250 E530", "??", false },
	{ ". M250 R250 r250 E354", "??", false },
	/* The connection is lost. */
	{ ". M250 R250 r250 !", "TT", false },
	{ ". M250 R550 r250 !", "pT", false },
	{ ". M250 R550 r550 !", "pp", false },
	{ ". M250 !", "TT", false },
	{ ". !", "TT", false },
	{ ". M451 !", "tt", false },
	{ "M250 R250 r250 !", "??", false },
	{ "M250 R550 r250 !", "p?", false },
	/* DATA. */
	{ "M250 R250 r250 D354 . E250", "dd", true },
	{ "M250 R550 r250 D354 . E250", "pd", true },
	{ "M250 R250 r550 D451", "tp", true },
	{ "M250 R250 r250 D354 !", "??", false },
	{ "M250 R250 r250 D250", "??", false },
	{ "M250 R550 r450 D354 E554", "pt", true },
	{ "M250 R550 r450 D554", "pt", true },
	{ "M451 R503 r503 D503", "tt", true },
};

static bool
play(struct progress *p, const char *step, bool *sent)
{
	static const int stages[] = {
		['M'] = STAGE_MAIL, ['R'] = STAGE_RCPT, ['r'] = STAGE_RCPT,
		['D'] = STAGE_DATA, ['E'] = STAGE_END_OF_DATA,
	};
	struct verdict v;
	int stage;

	if (*step == '.') {
		*sent = true;
		return true;
	}
	if (*step == '!') {
		if (*sent)
			progress_lost(p, "lost");
		return false;
	}
	stage = stages[(unsigned char)*step];
	v = verdict_of_reply((enum smtp_stage)stage, atoi(step + 1), "x");
	return progress_reply(p, stage, *step == 'r', &v);
}

static char
letter(const struct progress *p, size_t recipient)
{
	const struct verdict *v = &p->verdicts[recipient];

	if (p->steps[recipient] != STEP_SETTLED)
		return '?';
	assert_true(v->class == VERDICT_RECIPIENT ||
	    v->class == VERDICT_MESSAGE);
	return (v->possible_duplicate ? "DTP" : "dtp")[v->outcome];
}

static void
test_rows(void **state)
{
	struct progress p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char got[3] = "";
		bool goes_on = true, sent = false;

		progress_init(&p, 2);
		for (const char *step = rows[i].replies; *step != '\0';
		    step += strcspn(step, " "), step += *step == ' ')
			if (!play(&p, step, &sent))
				goes_on = false;
		got[0] = letter(&p, 0);
		got[1] = letter(&p, 1);
		assert_string_equal(got, rows[i].outcome);
		assert_int_equal(goes_on, rows[i].goes_on);
		assert_int_equal(progress_settled(&p),
		    strchr(got, '?') == NULL);
		assert_int_equal(p.delivered, strchr(got, 'd') != NULL);
		progress_free(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
