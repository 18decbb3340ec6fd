#ifndef BENCH_LEDGER_H
#define BENCH_LEDGER_H

#include <stddef.h>

/*
 * What arrived, entered message by message.  Every message of the benchmark
 * has the header field "X-Bench: NUMBER DIGEST", NUMBER from 0 and DIGEST the
 * SHA-256 of its body in hexadecimal, so that none is lost, doubled or damaged
 * unnoticed.
 */
struct ledger;

/* Expects the numbers below count.  What is returned is never freed. */
struct ledger *ledger_new(size_t count);

/* A session was opened, and closed. */
void ledger_arrive(struct ledger *);
void ledger_leave(struct ledger *);

/* A command was refused. */
void ledger_refuse(struct ledger *);

/* A message was accepted.  Prints "complete" when it was the last missing. */
void ledger_enter(struct ledger *, const char *, size_t);

/*
 * Prints the sums, a name and a number per line.  Times are seconds of the
 * monotonic clock.
 */
void ledger_print(const struct ledger *);

#endif
