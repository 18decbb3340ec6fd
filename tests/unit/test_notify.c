#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/dsn.h"
#include "mail/envelope.h"
#include "mail/notification.h"
#include "mail/notify.h"

enum { F = 1 << 0, L = 1 << 1, R = 1 << 2 };	/* failed, late, relayed */

/* RFC 3461, section 4.1, and each thing once. */
static const struct {
	char state, told;
	const char *reason;
	unsigned notify;
	int owed;
} rows[] = {
	{ '-', ' ', "", 0, 0 },
	{ '-', ' ', "4.2.1 busy", 0, L },
	{ '-', '-', "4.2.1 busy", 0, 0 },
	{ '-', ' ', "4.2.1 busy", DSN_NEVER, 0 },
	{ '-', ' ', "4.2.1 busy", DSN_FAILURE, 0 },
	{ '-', ' ', "4.2.1 busy", DSN_SUCCESS | DSN_FAILURE, 0 },
	{ '-', ' ', "4.2.1 busy", DSN_DELAY, L },
	{ '-', ' ', "4.2.1 busy", DSN_FAILURE | DSN_DELAY, L },
	{ '-', '-', "4.2.1 busy", DSN_DELAY, 0 },
	{ 'F', ' ', "5.1.1 who", 0, F },
	{ 'F', '-', "5.1.1 who", 0, F },
	{ 'F', 'F', "5.1.1 who", 0, 0 },
	{ 'F', ' ', "5.1.1 who", DSN_FAILURE, F },
	{ 'F', '-', "5.1.1 who", DSN_FAILURE | DSN_DELAY, F },
	{ 'F', 'F', "5.1.1 who", DSN_FAILURE, 0 },
	{ 'F', ' ', "5.1.1 who", DSN_NEVER, 0 },
	{ 'F', ' ', "5.1.1 who", DSN_SUCCESS, 0 },
	{ 'F', ' ', "5.1.1 who", DSN_SUCCESS | DSN_DELAY, 0 },
	{ 'D', ' ', "2.0.0 ok", 0, 0 },
	{ 'D', ' ', "2.0.0 ok", DSN_NEVER, 0 },
	{ 'D', ' ', "2.0.0 ok", DSN_FAILURE | DSN_DELAY, 0 },
	{ 'D', ' ', "2.0.0 ok", DSN_SUCCESS, R },
	{ 'D', '-', "2.0.0 ok", DSN_SUCCESS | DSN_DELAY, R },
	{ 'D', 'D', "2.0.0 ok", DSN_SUCCESS, 0 },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void
fill(struct envelope *e, const char *sender)
{
	*e = (struct envelope){ .sender = strdup(sender), .size = 100 };
	for (size_t i = 0; i < ROWS; i++) {
		struct recipient *r;

		envelope_add_recipient(e, "a@example.org");
		r = &e->recipients[i];
		r->state = (enum recipient_state)rows[i].state;
		r->told = (enum recipient_told)rows[i].told;
		r->notify = rows[i].notify;
		free(r->reason);
		r->reason = strdup(rows[i].reason);
	}
}

static void
test_list(void **state)
{
	const struct recipient *list[ROWS];
	struct envelope e;

	(void)state;
	fill(&e, "me@example.org");
	for (int kind = 0; kind < 3; kind++) {
		size_t end, n = notify_list(&e, kind, list, ROWS, &end), k = 0;
		size_t last = 0;

		for (size_t i = 0; i < ROWS; i++) {
			if ((rows[i].owed & 1 << kind) == 0)
				continue;
			assert_true(k < n);
			if (list[k++] != &e.recipients[i])
				fail_msg("kind %d, row %zu", kind, i);
			last = i + 1;
		}
		assert_int_equal(n, k);
		assert_int_equal(end, last);
	}
	envelope_free(&e);
	/* Whoever is not there is not told. */
	fill(&e, "");
	for (int kind = 0; kind < 3; kind++) {
		size_t end;

		assert_int_equal(notify_list(&e, kind, list, ROWS, &end), 0);
	}
	envelope_free(&e);
}

/* Some at a time, each of them once, and nobody else is touched. */
static void
test_told(void **state)
{
	const struct recipient *list[2];
	struct envelope e;
	size_t end, n;

	(void)state;
	fill(&e, "me@example.org");
	for (int kind = 0; kind < 3; kind++) {
		size_t count = 0, before = 0;

		while ((n = notify_list(&e, kind, list, 2, &end)) > 0) {
			assert_true(end > before);
			notify_told(&e, kind, end);
			count += n;
			before = end;
		}
		for (size_t i = 0; i < ROWS; i++)
			count -= (rows[i].owed & 1 << kind) != 0;
		assert_int_equal(count, 0);
	}
	for (size_t i = 0; i < ROWS; i++) {
		const struct recipient *r = &e.recipients[i];

		assert_int_equal(r->state, rows[i].state);
		assert_int_equal(r->touched, rows[i].owed != 0);
		if (rows[i].owed != 0)
			assert_int_equal(r->told, r->state);
		else
			assert_int_equal(r->told, rows[i].told);
	}
	envelope_free(&e);
}

static const struct {
	int kind;
	unsigned ret;
	off_t size;
	bool require_tls;
	const char *reason;
	bool whole;
	bool keeps;		/* once it has been told */
} wholes[] = {
	{ NOTIFICATION_FAILED, DSN_RET_NONE, 100, false, "5.1.1 x", true,
	  false },
	{ NOTIFICATION_FAILED, DSN_RET_NONE, 256 * 1024, false, "5.1.1 x",
	  true, false },
	{ NOTIFICATION_FAILED, DSN_RET_NONE, 256 * 1024 + 1, false, "5.1.1 x",
	  false, true },
	{ NOTIFICATION_FAILED, DSN_RET_FULL, 256 * 1024 + 1, false, "5.1.1 x",
	  true, false },
	{ NOTIFICATION_FAILED, DSN_RET_HDRS, 100, false, "5.1.1 x", false,
	  false },
	{ NOTIFICATION_FAILED, DSN_RET_HDRS, 256 * 1024 + 1, false, "5.3.4 x",
	  false, false },
	{ NOTIFICATION_FAILED, DSN_RET_NONE, 100, false, "5.3.4 x", false,
	  true },
	{ NOTIFICATION_FAILED, DSN_RET_NONE, 100, false, "5.2.3", false,
	  true },
	{ NOTIFICATION_FAILED, DSN_RET_FULL, 100, false, "5.2.3 x", false,
	  true },
	{ NOTIFICATION_FAILED, DSN_RET_FULL, 100, false, "5.2.34 x", true,
	  false },
	{ NOTIFICATION_FAILED, DSN_RET_NONE, 100, false, "", true, false },
	{ NOTIFICATION_FAILED, DSN_RET_FULL, 100, true, "5.7.10 x", false,
	  true },
	{ NOTIFICATION_DELAYED, DSN_RET_FULL, 100, false, "4.2.1 x", false,
	  false },
	{ NOTIFICATION_RELAYED, DSN_RET_FULL, 100, false, "2.0.0 x", false,
	  false },
};

static void
test_whole(void **state)
{
	static const enum recipient_state states[] = {
		[NOTIFICATION_FAILED] = RECIPIENT_FAILED,
		[NOTIFICATION_DELAYED] = RECIPIENT_DUE,
		[NOTIFICATION_RELAYED] = RECIPIENT_DELIVERED,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
		struct recipient r[] = {
			{ .state = RECIPIENT_DELIVERED,
			  .told = TOLD_NOTHING, .reason = (char[]){ "" } },
			{ .state = states[wholes[i].kind],
			  .told = TOLD_NOTHING,
			  .reason = (char *)wholes[i].reason },
		};
		const struct recipient *list[] = { &r[1] };
		struct envelope e = {
			.sender = (char[]){ "me@example.org" },
			.ret = wholes[i].ret,
			.size = wholes[i].size,
			.require_tls = wholes[i].require_tls,
			.recipients = r,
			.nrecipients = 2,
		};

		if (notify_whole(&e, wholes[i].kind, list, 1) !=
		    wholes[i].whole)
			fail_msg("row %zu", i);
		assert_false(notify_keeps(&e));
		r[1].notify = DSN_SUCCESS | DSN_FAILURE | DSN_DELAY;
		notify_told(&e, wholes[i].kind, 2);
		assert_int_not_equal(r[1].told, TOLD_NOTHING);
		if (notify_keeps(&e) != wholes[i].keeps)
			fail_msg("row %zu keeps it otherwise", i);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
