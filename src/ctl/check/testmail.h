#ifndef CTL_CHECK_TESTMAIL_H
#define CTL_CHECK_TESTMAIL_H

struct place;

/*
 * Sends a message to an address by sendmail and the queue, and waits for some
 * time for what becomes of it, which it prints.  EX_OK when it was sent,
 * EX_TEMPFAIL when it is still in the queue, EX_UNAVAILABLE when it was not
 * taken, here or by the smarthost.
 */
int testmail_send(const struct place *, const char *address);

#endif
