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
#include "mail/trouble.h"
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
	assert_int_equal(a->recipients, b->recipients);
	assert_int_equal(a->dsn, b->dsn);
	assert_int_equal(a->in_step, b->in_step);
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
		assert_int_equal(v->trouble, w->trouble);
		assert_string_equal(v->status, w->status);
		assert_string_equal(v->text, w->text);
	}
}

/* Takes the next report out of the packet, which has to be this. */
static void
take(char **packet, const struct report *report)
{
	struct report again;

	assert_int_equal(report_decode(&again, packet), 1);
	assert_same(&again, report);
	report_free(&again);
}

static void
round_trip(const struct report *report)
{
	struct buf packet = { 0 };
	struct report again;
	char *rest;

	report_encode(report, &packet);
	assert_true(packet.len <= REPORT_MAX);
	rest = packet.data;
	take(&rest, report);
	assert_int_equal(report_decode(&again, &rest), 0);
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
		  .recipients = 20, .connecting = 1.25 },
		{ .kind = REPORT_READY, .window = 1, .relay = relay,
		  .dsn = true },
		{ .kind = REPORT_SENDING, .slot = 12 },
		{ .kind = REPORT_DONE, .slot = UINT32_MAX, .sending = 4000.5,
		  .verdicts = verdicts, .nverdicts = 3 },
		{ .kind = REPORT_ENDED, .verdicts = verdicts,
		  .nverdicts = 1, .in_step = true },
	};
	enum { N = sizeof(reports) / sizeof(reports[0]) };
	struct buf packet = { 0 };
	char *rest;

	(void)state;
	verdicts[0].trouble = TROUBLE_AUTH;
	verdicts[2].possible_duplicate = true;
	for (size_t i = 0; i < N; i++) {
		round_trip(&reports[i]);
		report_encode(&reports[i], &packet);
	}
	/* And all in one packet. */
	rest = packet.data;
	for (size_t i = 0; i < N; i++)
		take(&rest, &reports[i]);
	buf_free(&packet);
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
	char *rest;

	(void)state;
	buf_printf(&packet, "done 1 0 0 0 1 0 %d \n", JOB_RECIPIENTS + 1);
	for (size_t i = 0; i <= JOB_RECIPIENTS; i++)
		buf_adds(&packet, "0 0 0 0 2.0.0 ok\n");
	rest = packet.data;
	assert_int_equal(report_decode(&report, &rest), -1);
	buf_free(&packet);
}

static const struct {
	const char *packet;
	int result;
} rows[] = {
	{ "ready 0 1 0 0 0 250 0 host[::1]:25\n", 1 },
	{ "sending 1 0 0 0 0 0 0 \n", 1 },
	{ "done 1 0 0 0 0 250 1 \n0 0 0 0 2.0.0 ok\n", 1 },
	{ "done 1 0 0 0 0 250 1 \n0 0 0 0 2.0.0 \n", 1 },
	{ "done 1 0 0 0 0 250 2 \n0 0 0 0 2.0.0 a\n0 0 0 0 2.0.0 b\n", 1 },
	{ "done 1 0 0 0 0 250 1 \n0 0 0 0 2.0.0 a\n0 0 0 0 2.0.0 b\n", 1 },
	{ "ended 0 0 0 0 1 0 1 \n2 1 0 4 4.0.0 gone\n", 1 },
	{ "ended 0 0 0 0 0 0 1 \n3 2 1 0 4.0.0 gone\n", 1 },
	{ "", 0 },
	{ "\n", -1 },
	{ "ready\n", -1 },
	{ "ready 0 1 0 0 0 250 0\n", -1 },
	{ "ready 0 1 0 0 0 250 0 host", -1 },
	{ "ready 0 -1 0 0 0 250 0 host\n", -1 },
	{ "ready 0 65536 0 0 0 250 0 host\n", -1 },
	{ "ready 0 1 4294967296 0 0 250 0 host\n", -1 },
	{ "ready 0 1 0 2 0 250 0 host\n", -1 },
	{ "ready 0 1 0 0 2 250 0 host\n", -1 },
	{ "ready 4294967296 1 0 0 0 250 0 host\n", -1 },
	{ "ready 0 1 0 0 0 4294967296 0 host\n", -1 },
	{ "ready 0 1 0 0 0 nan 0 host\n", -1 },
	{ "ready 0 1 0 0 0 250 1 host\n0 0 0 0 2.0.0 ok\n", -1 },
	{ "Ready 0 1 0 0 250 0 host\n", -1 },
	{ "sending 1 0 0 0 0 0 1 \n0 0 0 0 2.0.0 ok\n", -1 },
	{ "done 1 0 0 0 0 250 0 \n", -1 },
	{ "done 1 0 0 0 0 250 1 \n", -1 },
	{ "done 1 0 0 0 0 250 1 \n\n", -1 },
	{ "done 1 0 0 0 0 250 2 \n0 0 0 0 2.0.0 ok\n", -1 },
	{ "done 1 0 0 0 0 250 1 \n0 0 0 0 2.0.0 ok", -1 },
	{ "done 1 0 0 0 0 250 101 \n0 0 0 0 2.0.0 ok\n", -1 },
	{ "ended 0 0 0 0 0 0 0 \n", -1 },
	{ "done 1 0 0 0 0 250 1 \n4 0 0 0 2.0.0 ok\n", -1 },
	{ "done 1 0 0 0 0 250 1 \n9 0 0 0 2.0.0 ok\n", -1 },
	{ "done 1 0 0 0 0 250 1 \n0 3 0 0 2.0.0 ok\n", -1 },
	{ "done 1 0 0 0 0 250 1 \n0 0 2 0 2.0.0 ok\n", -1 },
	{ "ended 0 0 0 0 1 0 1 \n2 1 0 7 4.0.0 gone\n", 1 },
	{ "ended 0 0 0 0 1 0 1 \n2 1 0 8 4.0.0 rate\n", -1 },
	{ "ended 0 0 0 0 1 0 1 \n2 1 0 4.0.0 gone\n", -1 },
	{ "done 1 0 0 0 0 250 1 \n0 0 0 0 2.0.0\n", -1 },
	{ "done 1 0 0 0 0 250 1 \n0 0 0 0 2.1234567.1 ok\n", 1 },
	{ "done 1 0 0 0 0 250 1 \n0 0 0 0 2.12345678.1 ok\n", -1 },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *packet = strdup(rows[i].packet), *rest = packet;
		struct report report;
		int result = report_decode(&report, &rest);

		if (result != rows[i].result)
			fail_msg("%d: %s", result, rows[i].packet);
		if (result == 1)
			report_free(&report);
		free(packet);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
