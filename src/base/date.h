#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { DATE_SIZE = 128 };

/*
 * Writes the time as a date-time of RFC 5322, section 3.3, in the local
 * zone: "Fri, 21 Nov 1997 09:55:06 -0600".  Month and day names are
 * English whatever the locale.
 */
void date_rfc5322(char out[DATE_SIZE], time_t);

/* The same moment as Postfix's mailq prints it: "Fri Nov 21 09:55:06". */
void date_short(char out[DATE_SIZE], time_t);

/*
 * A moment since the epoch, in seconds, as a date-time of RFC 3339 in the local
 * zone: "1997-11-21T09:55:06.250000-06:00".
 */
void date_rfc3339(char out[DATE_SIZE], double);

/* The time now, in seconds since the epoch. */
double date_now(void);

/*
 * The same without what is less than a second.  What has just happened by
 * date_now is not in the future by this one, as it may be by time(2), which
 * is up to a tick behind.
 */
int64_t date_seconds(void);

/* A clock that is never set, in milliseconds and in seconds. */
int64_t date_monotonic(void);
double date_clock(void);

/* What is left until that time by date_clock, as poll(2) wants it. */
int date_left(double deadline);

#endif
