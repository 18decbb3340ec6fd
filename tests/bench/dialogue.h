#ifndef BENCH_DIALOGUE_H
#define BENCH_DIALOGUE_H

#include <stddef.h>

struct buf;
struct ledger;

/*
 * The smarthost's side of one SMTP session (RFC 5321, 3030, 4954), without
 * the network: commands in, replies out.  Anything may be pipelined.
 */
struct dialogue;

/* What all sessions have in common. */
struct smarthost {
	const char *token;		/* of AUTH PLAIN, in base64 */
	const char *without;		/* extensions not to offer, or NULL */
	int starttls;			/* there is no TLS from the start */
	struct ledger *ledger;
};

/* Begins with the greeting.  dialogue_free frees what is returned. */
struct dialogue *dialogue_new(const struct smarthost *);
void dialogue_free(struct dialogue *);

/* Takes what arrived, in pieces of any size. */
void dialogue_input(struct dialogue *, const char *, size_t);

/* The replies that have not been sent; the caller removes what was. */
struct buf *dialogue_output(struct dialogue *);

/* True once the session is over and only the output is left to send. */
int dialogue_over(const struct dialogue *);

/*
 * True when TLS begins as soon as the output is sent; RFC 3207.  Until the
 * caller says that it has begun, no input is taken.
 */
int dialogue_starting(const struct dialogue *);
void dialogue_encrypted(struct dialogue *);

#endif
