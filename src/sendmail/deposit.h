#ifndef SENDMAIL_DEPOSIT_H
#define SENDMAIL_DEPOSIT_H

#include <stdint.h>

struct buf;
struct config;
struct deposit;
struct envelope;

/*
 * The file of one message, from its first byte to its place in the spool,
 * with the privilege that this takes and no other.  What can fail gives a
 * status of sysexits(3): EX_OK, or another and a line in error.
 */

/*
 * spool is the descriptor of the spool, or -1 with errno set; the envelope
 * must have its sender and recipients.  All are borrowed until deposit_close,
 * which takes back what is not committed.  NULL stands for nothing there.
 */
int deposit_open(struct deposit **, int spool, const struct config *,
    struct envelope *, struct buf *error);
void deposit_close(struct deposit *);

/* The name of the file, and so of the message. */
const char *deposit_id(const struct deposit *);

/* When it was made: microseconds since the epoch. */
uint64_t deposit_arrival(const struct deposit *);

/*
 * Add the completed header with its empty line, and the body in any number
 * of pieces, in canonical form (canon.h).
 */
int deposit_header(struct deposit *, const struct buf *);
int deposit_body(struct deposit *, const struct buf *);

/*
 * Makes durable what has been added, in the form that every smarthost takes
 * (recode.h), and wakes the flusher.  From then on signals are held
 * (signals.h), until whoever waits has been told.
 */
int deposit_commit(struct deposit *);

/* What a fatal error, such as no memory, has to take back. */
void deposit_take_back(void);

#endif
