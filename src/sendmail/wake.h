#ifndef SENDMAIL_WAKE_H
#define SENDMAIL_WAKE_H

struct buf;
struct config;

/*
 * Asks the flusher to try the smarthost and all messages now, which any user
 * may.  EX_OK, or EX_TEMPFAIL and a line in error when there is no flusher or
 * it cannot be reached.
 */
int wake_flusher(const struct config *, struct buf *error);

#endif
