#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/job.h"
#include "mail/report.h"
#include "mail/verdict.h"

static bool
same_time(double a, double b)
{
	return a - b < 0.001 && b - a < 0.001;
}

static void
assert_same(const struct report *a, const struct report *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->slot, b->slot);
	assert_int_equal(a->window, b->window);
	assert_true(same_time(a->connecting, b->connecting));
	assert_true(same_time(a->sending, b->sending));
	if (b->relay != NULL)
		assert_string_equal(a->relay, b->relay);
	assert_int_equal(a->nverdicts, b->nverdicts);
	for (size_t i = 0; i < a->nverdicts; i++) {
		const struct verdict *v = &a->verdicts[i];
		const struct verdict *w = &b->verdicts[i];

		assert_int_equal(v->class, w->class);
		assert_int_equal(v->outcome, w->outcome);
		assert_int_equal(v->possible_duplicate, w->possible_duplicate);
		assert_string_equal(v->status, w->status);
		assert_string_equal(v->text, w->text);
	}
}

static void
round_trip(const struct report *report)
{
	struct buf packet = { 0 };
	struct report again;

	report_encode(report, &packet);
	assert_true(packet.len <= REPORT_MAX);
	assert_int_equal(report_decode(&again, packet.data, packet.len), 0);
	assert_same(&again, report);
	report_free(&again);
	buf_free(&packet);
}

static void
test_round_trip(void **state)
{
	char relay[] = "mx.example.net[2001:db8::1]:465";
	struct verdict verdicts[] = {
		verdict_of_reply(STAGE_RCPT, 550, "5.1.1 who?  x "),
		verdict_of_reply(STAGE_END_OF_DATA, 250, ""),
		verdict_make(VERDICT_MESSAGE, VERDICT_TEMPORARY, "4.4.2",
		    "lost"),
	};
	const struct report reports[] = {
		{ .kind = REPORT_READY, .window = 7, .relay = relay,
		  .connecting = 1.25 },
		{ .kind = REPORT_SENDING, .slot = 12 },
		{ .kind = REPORT_DONE, .slot = UINT32_MAX, .sending = 4000.5,
		  .verdicts = verdicts, .nverdicts = 3 },
		{ .kind = REPORT_ENDED, .verdicts = verdicts,
		  .nverdicts = 1 },
	};

	(void)state;
	verdicts[2].possible_duplicate = true;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
		round_trip(&reports[i]);
}

/* A hundred verdicts with the longest texts fit into a packet. */
static void
test_largest(void **state)
{
	struct verdict verdicts[JOB_RECIPIENTS];
	struct report report = {
		.kind = REPORT_DONE,
		.slot = UINT32_MAX,
		.verdicts = verdicts,
		.nverdicts = JOB_RECIPIENTS,
	};

	(void)state;
	for (size_t i = 0; i < JOB_RECIPIENTS; i++)
		verdicts[i] = verdict_make(VERDICT_RECIPIENT,
		    VERDICT_PERMANENT, "5.123.456", "%600s", "x");
	round_trip(&report);
}

static void
test_too_many(void **state)
{
	struct buf packet = { 0 };
	struct report report;

	(void)state;
	buf_adds(&packet, "done 1 0 0 \n");
	for (size_t i = 0; i <= JOB_RECIPIENTS; i++)
		buf_adds(&packet, "0 0 0 2.0.0 ok\n");
	assert_int_equal(report_decode(&report, packet.data, packet.len), -1);
	buf_free(&packet);
}

static const struct {
	const char *packet;
	int result;
} rows[] = {
	{ "ready 0 1 250 host[::1]:25\n", 0 },
	{ "sending 1 0 0 \n", 0 },
	{ "done 1 0 250 \n0 0 0 2.0.0 ok\n", 0 },
	{ "done 1 0 250 \n0 0 0 2.0.0 \n", 0 },
	{ "ended 0 0 0 \n2 1 0 4.0.0 gone\n", 0 },
	{ "ended 0 0 0 \n3 2 1 4.0.0 gone\n", 0 },
	{ "", -1 },
	{ "\n", -1 },
	{ "ready\n", -1 },
	{ "ready 0 1 250\n", -1 },
	{ "ready 0 1 250 host", -1 },
	{ "ready 0 -1 250 host\n", -1 },
	{ "ready 0 65536 250 host\n", -1 },
	{ "ready 4294967296 1 250 host\n", -1 },
	{ "ready 0 1 4294967296 host\n", -1 },
	{ "ready 0 1 nan host\n", -1 },
	{ "ready 0 1 250 host\n0 0 0 2.0.0 ok\n", -1 },
	{ "Ready 0 1 250 host\n", -1 },
	{ "sending 1 0 0 \n0 0 0 2.0.0 ok\n", -1 },
	{ "done 1 0 250 \n", -1 },
	{ "done 1 0 250 \n\n", -1 },
	{ "ended 0 0 0 \n", -1 },
	{ "done 1 0 250 \n4 0 0 2.0.0 ok\n", -1 },
	{ "done 1 0 250 \n9 0 0 2.0.0 ok\n", -1 },
	{ "done 1 0 250 \n0 3 0 2.0.0 ok\n", -1 },
	{ "done 1 0 250 \n0 0 2 2.0.0 ok\n", -1 },
	{ "done 1 0 250 \n0 0 0 2.0.0\n", -1 },
	{ "done 1 0 250 \n0 0 0 2.1234567.1 ok\n", 0 },
	{ "done 1 0 250 \n0 0 0 2.12345678.1 ok\n", -1 },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *packet = strdup(rows[i].packet);
		struct report report;
		int result = report_decode(&report, packet, strlen(packet));

		if (result != rows[i].result)
			fail_msg("%d: %s", result, rows[i].packet);
		if (result == 0)
			report_free(&report);
		free(packet);
	}
}

static void
test_nul(void **state)
{
	char packet[] = "done 1 0 250 \n0 0 0 2.0.0 o\0k\n";
	struct report report;

	(void)state;
	assert_int_equal(report_decode(&report, packet, sizeof(packet) - 1),
	    -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
