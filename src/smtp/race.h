#ifndef SMTP_RACE_H
#define SMTP_RACE_H

#include <stddef.h>

struct addrinfo;
struct buf;

/*
 * Connecting to several addresses that lead to the same (RFC 8305): one
 * attempt after the other is begun, the next when one has failed or a quarter
 * of a second has passed, and the first that is answered wins.  So an address
 * that is down costs a quarter of a second, whatever there is of them.
 */
struct race;

/*
 * Begins with the first address and does not wait.  Takes over the order;
 * the addresses, and the one to connect from, which may be NULL, must stay.
 * In so many seconds it is over.
 */
struct race *race_begin(const struct addrinfo **order, size_t n,
    const struct addrinfo *source, double seconds);

/*
 * Waits for the first to be connected: the socket, which does not block, and
 * in winner where it leads to.  Or -1, and appended to tried is each address
 * with what happened: "192.0.2.1, 192.0.2.2: Connection refused".
 */
int race_finish(struct race *, const struct addrinfo **winner,
    struct buf *tried);

/* Closes what has not won. */
void race_free(struct race *);

#endif
