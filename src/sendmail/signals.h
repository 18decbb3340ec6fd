#ifndef SENDMAIL_SIGNALS_H
#define SENDMAIL_SIGNALS_H

#include <stdbool.h>

/*
 * SIGHUP, SIGINT and SIGTERM before a message is complete end it, with
 * EX_TEMPFAIL; after that they wait until it is committed.  What the caller
 * had set for other signals does not count.
 */
void signals_set(void);

/* Whether one of them has come; a read that waits ends with EINTR. */
bool signals_interrupted(void);

#endif
