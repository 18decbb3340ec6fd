#ifndef SPOOL_ERRAND_H
#define SPOOL_ERRAND_H

struct buf;

/*
 * What a program may not do itself with the spool, done by a helper of
 * onehop-flush (handover.h): hands over the words it was called with and its
 * standard streams, and waits for the exit status, which it returns.  Where
 * there was no helper to say on stderr what is wrong, error does.  -1 and
 * errno when nobody listens: nothing has happened then.
 *
 * SIGHUP, SIGINT and SIGTERM do what they are set to; when they are caught,
 * the helper is told, and has some seconds to say how far it had come.
 */
int errand_run(int spool, char *const *words, struct buf *error);

#endif
