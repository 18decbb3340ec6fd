#ifndef BENCH_LEDGER_H
#define BENCH_LEDGER_H

#include <stddef.h>

struct buf;

/*
 * What arrived, entered message by message.  Every message of the benchmark
 * has the header field "X-Bench: NUMBER DIGEST", NUMBER from 0 and DIGEST the
 * SHA-256 of its body in hexadecimal, so that none is lost, doubled or damaged
 * unnoticed.
 */
struct ledger;

/*
 * Expects the numbers below count; with each, a line "arrived NUMBER SECONDS"
 * is printed when it comes.  What is returned is never freed.
 */
struct ledger *ledger_new(size_t count, int each);

/* A session was opened, and closed. */
void ledger_arrive(struct ledger *);
void ledger_leave(struct ledger *);

/* A command was refused. */
void ledger_refuse(struct ledger *);

/*
 * A message was accepted.  Its text is taken away from the buffer, which is
 * left empty.  Prints "complete" when it was the last that was missing.
 *
 * Digests are not computed now, in the time of who is being measured, but at
 * the end, or when so much has been kept that it has to make room.
 */
void ledger_enter(struct ledger *, struct buf *);

/*
 * Prints the sums, a name and a number per line.  Times are seconds of the
 * monotonic clock; the CPU time is that between the first
 * connection and the digests.
 */
void ledger_print(struct ledger *);

#endif
