#include <config.h>

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/date.h"

/* The first is the date of RFC 5322, appendix A.1.1. */
static const struct {
	const char *zone;	/* POSIX form: hours west of Greenwich */
	time_t when;
	const char *rfc5322;
	const char *brief;
} rows[] = {
	{ "XXX6", 880127706, "Fri, 21 Nov 1997 09:55:06 -0600",
	  "Fri Nov 21 09:55:06" },
	{ "UTC0", 0, "Thu, 1 Jan 1970 00:00:00 +0000", "Thu Jan  1 00:00:00" },
	{ "UTC0", -1, "Wed, 31 Dec 1969 23:59:59 +0000",
	  "Wed Dec 31 23:59:59" },
	{ "UTC0", 1709208000, "Thu, 29 Feb 2024 12:00:00 +0000",
	  "Thu Feb 29 12:00:00" },
	{ "XXX-5:30", 1709208000, "Thu, 29 Feb 2024 17:30:00 +0530",
	  "Thu Feb 29 17:30:00" },
	{ "XXX3:30", 1709208000, "Thu, 29 Feb 2024 08:30:00 -0330",
	  "Thu Feb 29 08:30:00" },
	{ "XXX0:30", 1709208000, "Thu, 29 Feb 2024 11:30:00 -0030",
	  "Thu Feb 29 11:30:00" },
	{ "XXX-14", 1709208000, "Fri, 1 Mar 2024 02:00:00 +1400",
	  "Fri Mar  1 02:00:00" },
	/* Summer time, and beyond 32 bits. */
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1720000000,
	  "Wed, 3 Jul 2024 11:46:40 +0200", "Wed Jul  3 11:46:40" },
	{ "UTC0", 4294967296, "Sun, 7 Feb 2106 06:28:16 +0000",
	  "Sun Feb  7 06:28:16" },
};

static void
test_rows(void **state)
{
	char out[DATE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("TZ", rows[i].zone, 1);
		tzset();
		date_rfc5322(out, rows[i].when);
		assert_string_equal(out, rows[i].rfc5322);
		date_short(out, rows[i].when);
		assert_string_equal(out, rows[i].brief);
	}
}

static void
test_rfc3339(void **state)
{
	static const struct {
		const char *zone;
		double when;
		const char *date;
	} of[] = {
		{ "XXX6", 880127706.25, "1997-11-21T09:55:06.250000-06:00" },
		{ "UTC0", 0, "1970-01-01T00:00:00.000000+00:00" },
		{ "XXX-5:30", 1709208000.999999,
		  "2024-02-29T17:30:00.999999+05:30" },
		{ "XXX3:30", 1709208000, "2024-02-29T08:30:00.000000-03:30" },
		{ "UTC0", 4294967296.5, "2106-02-07T06:28:16.500000+00:00" },
	};
	char out[DATE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		setenv("TZ", of[i].zone, 1);
		tzset();
		date_rfc3339(out, of[i].when);
		/* A microsecond less is what floating point may make of it. */
		out[25] = of[i].date[25];
		assert_string_equal(out, of[i].date);
	}
}

/* All say the same, each in its unit. */
static void
test_clocks(void **state)
{
	double clock = date_clock(), now = date_now();
	int64_t ms = date_monotonic();

	(void)state;
	assert_true(ms >= (int64_t)(clock * 1000));
	assert_true((double)ms <= date_clock() * 1000);
	assert_true((time_t)now <= time(NULL));
	assert_true(date_now() >= now);
	assert_int_equal(date_left(clock), 0);
	assert_in_range(date_left(clock + 3600), 3500000, 3600001);
	assert_int_equal(date_left(clock + 1e12), INT_MAX);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
