#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "flush/metrics.h"
#include "mail/envelope.h"
#include "mail/trouble.h"

/* Whether the line stands there, once. */
static void
expect(const struct buf *text, const char *line)
{
	struct buf whole = { 0 };
	const char *at;

	buf_printf(&whole, "\n%s\n", line);
	at = strstr(text->data, whole.data);
	if (at == NULL || strstr(at + 1, whole.data) != NULL)
		fail_msg("'%s' in %s", line, text->data);
	buf_free(&whole);
}

static void
test_nothing(void **state)
{
	struct buf text = { 0 };
	struct metrics m;

	(void)state;
	metrics_init(&m, 1700000000);
	assert_true(m.changed);
	metrics_print(&m, &text);
	expect(&text, "onehop_build_info{version=\"" PACKAGE_VERSION "\"} 1");
	expect(&text, "onehop_start_time_seconds 1700000000");
	expect(&text, "onehop_breaker_open 0");
	expect(&text, "onehop_rate_waiting 0");
	expect(&text, "onehop_recipients_total{status=\"sent\"} 0");
	expect(&text, "onehop_delivery_delay_seconds_count 0");
	assert_null(strstr(text.data, "\nonehop_breaker_open_timestamp"));
	assert_null(strstr(text.data, "\nonehop_rate_waiting_timestamp"));
	/* A file ends with a line feed. */
	assert_int_equal(text.data[text.len - 1], '\n');
	buf_free(&text);
	metrics_free(&m);
}

static void
test_recipients(void **state)
{
	struct buf text = { 0 };
	struct metrics m;

	(void)state;
	metrics_init(&m, 0);
	metrics_recipient(&m, RECIPIENT_DELIVERED, 0.5);
	metrics_recipient(&m, RECIPIENT_DELIVERED, 7200);
	metrics_recipient(&m, RECIPIENT_DELIVERED, 1e9);
	metrics_recipient(&m, RECIPIENT_DUE, 3);
	metrics_recipient(&m, RECIPIENT_DUE, 3);
	metrics_recipient(&m, RECIPIENT_FAILED, 3);
	metrics_duplicate(&m);
	metrics_transaction(&m, 0.25);
	metrics_print(&m, &text);
	expect(&text, "onehop_recipients_total{status=\"sent\"} 3");
	expect(&text, "onehop_recipients_total{status=\"deferred\"} 2");
	expect(&text, "onehop_recipients_total{status=\"bounced\"} 1");
	expect(&text, "onehop_possible_duplicates_total 1");
	/* Of those who have it. */
	expect(&text, "onehop_delivery_delay_seconds_bucket{le=\"0.25\"} 0");
	expect(&text, "onehop_delivery_delay_seconds_bucket{le=\"0.5\"} 1");
	expect(&text, "onehop_delivery_delay_seconds_bucket{le=\"14400\"} 2");
	expect(&text, "onehop_delivery_delay_seconds_bucket{le=\"+Inf\"} 3");
	expect(&text, "onehop_delivery_delay_seconds_sum 1000007200.500000");
	expect(&text, "onehop_transaction_seconds_sum 0.250000");
	buf_free(&text);
	metrics_free(&m);
}

static void
test_sessions(void **state)
{
	struct buf text = { 0 };
	struct metrics m;

	(void)state;
	metrics_init(&m, 0);
	metrics_session(&m, 0.03);
	metrics_session(&m, 0.07);
	for (int i = 0; i < TROUBLE_RATE; i++)
		for (int n = 0; n <= i; n++)
			metrics_failure(&m, i);
	metrics_print(&m, &text);
	expect(&text, "onehop_sessions_total 2");
	expect(&text, "onehop_session_setup_seconds_bucket{le=\"0.05\"} 1");
	expect(&text, "onehop_session_setup_seconds_count 2");
	expect(&text, "onehop_session_failures_total{reason=\"local\"} 1");
	expect(&text, "onehop_session_failures_total{reason=\"refused\"} 8");
	/* No session fails for that. */
	assert_null(strstr(text.data, "reason=\"rate\""));
	buf_free(&text);
	metrics_free(&m);
}

static void
test_waits(void **state)
{
	struct buf text = { 0 };
	struct metrics m;

	(void)state;
	metrics_init(&m, 0);
	m.changed = false;
	metrics_waits(&m, 17, 0);
	assert_true(m.changed);
	metrics_print(&m, &text);
	expect(&text, "onehop_breaker_open 1");
	expect(&text, "onehop_breaker_open_timestamp_seconds 17");
	expect(&text, "onehop_rate_waiting 0");
	buf_clear(&text);
	metrics_waits(&m, 0, 18);
	metrics_print(&m, &text);
	expect(&text, "onehop_breaker_open 0");
	expect(&text, "onehop_rate_waiting 1");
	expect(&text, "onehop_rate_waiting_timestamp_seconds 18");
	buf_free(&text);
	metrics_free(&m);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
