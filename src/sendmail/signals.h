#ifndef SENDMAIL_SIGNALS_H
#define SENDMAIL_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * SIGHUP, SIGINT and SIGTERM before a message is complete end it, with
 * EX_TEMPFAIL; after that they wait until it is committed.  What the caller
 * had set for other signals does not count.
 */
void signals_set(void);

/* Another one that does; the second of it ends the program at once. */
void signals_add(int sig);

/*
 * From now on those wait that would end the program, but for the ones above:
 * a message that is in the queue is not to become a failure.  Until
 * signals_release; without it, until the program has ended.
 */
void signals_hold(void);
void signals_release(void);

/* Whether one of them has come; a read that waits ends with EINTR. */
bool signals_interrupted(void);

/*
 * poll(2) for one descriptor, in which a signal is not missed that came just
 * before: -1 and EINTR then, and if one has come at any time.
 */
int signals_poll(int fd, short events, int64_t milliseconds);

#endif
