#ifndef SENDMAIL_PROGRAMS_H
#define SENDMAIL_PROGRAMS_H

struct buf;
struct config;
struct options;

/*
 * Modes that are other programs: sendmail cannot list the spool and runs no
 * queue.  It gives the group of the spool up for good and becomes them.
 */

/* mailq: with its own words if it was called so, else with -C alone. */
_Noreturn void programs_mailq(const struct options *);

/*
 * onehop-flush, in the background unless -bD asks otherwise, for root and
 * the owner of the spool.  Comes back only when it is refused: EX_USAGE and a
 * line in error.
 */
int programs_flusher(const struct options *, const struct config *,
    struct buf *error);

#endif
