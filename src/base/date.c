#include <config.h>

#include "base/date.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const days[7] = {
	"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
};
static const char *const months[12] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

/* localtime(3), or the epoch when the clock is beyond what it can say. */
static struct tm
local(time_t when)
{
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL)
		return (struct tm){
			.tm_wday = 4,
			.tm_mday = 1,
			.tm_year = 70,
		};
	return tm;
}

void
date_rfc5322(char out[DATE_SIZE], time_t when)
{
	struct tm tm = local(when);
	long minutes = tm.tm_gmtoff / 60;

	snprintf(out, DATE_SIZE, "%s, %d %s %d %02d:%02d:%02d %c%02ld%02ld",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    minutes < 0 ? '-' : '+', labs(minutes) / 60, labs(minutes) % 60);
}

void
date_short(char out[DATE_SIZE], time_t when)
{
	struct tm tm = local(when);

	snprintf(out, DATE_SIZE, "%s %s %2d %02d:%02d:%02d",
	    days[tm.tm_wday], months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
}

void
date_rfc3339(char out[DATE_SIZE], double when)
{
	time_t seconds = (time_t)when;
	struct tm tm = local(seconds);
	long minutes = tm.tm_gmtoff / 60;

	snprintf(out, DATE_SIZE,
	    "%04d-%02d-%02dT%02d:%02d:%02d.%06d%c%02ld:%02ld",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec, (int)((when - (double)seconds) * 1e6),
	    minutes < 0 ? '-' : '+', labs(minutes) / 60, labs(minutes) % 60);
}

static double
read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

double
date_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
date_seconds(void)
{
	return (int64_t)date_now();
}

double
date_clock(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
date_monotonic(void)
{
	return (int64_t)(date_clock() * 1000);
}

int
date_left(double deadline)
{
	double ms = (deadline - date_clock()) * 1000;

	if (ms <= 0)
		return 0;
	return ms < INT_MAX - 1 ? (int)ms + 1 : INT_MAX;
}
