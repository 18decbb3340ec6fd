#ifndef CTL_MOVING_H
#define CTL_MOVING_H

struct hints;
struct listed;

/*
 * Moving and removing the files of messages while onehop-flush may do so,
 * too.
 */

/*
 * Calls move for a message, and again where it is by then if it has moved on.
 * move returns 0, or -1 and errno: ECANCELED when this is not for messages
 * that failed.  So does this: ENOENT when it is gone.
 */
int moving_try(int spool, const struct listed *,
    int (*move)(void *arg, int spool, const struct listed *), void *arg);

/*
 * Says what was done to a message: on stdout, and to the log (hints.h) in the
 * words of Postfix, so that it is known where the message is.
 */
void moving_done(struct hints *, const struct listed *, const char *said,
    const char *logged);

/*
 * Says what was wrong with that, which is errno; what is what cannot be done.
 * The status of sysexits(3).
 */
int moving_failed(const struct listed *, const char *what);

/*
 * Makes durable what happened to all names: what was said to be so is so
 * after a power cut.  A status of sysexits(3), after saying what is wrong.
 */
int moving_sync(int spool);

#endif
