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

/* How it went with an address. */
struct lap {
	const struct addrinfo *to;
	int fd;			/* connected, does not block; or -1 */
	int error;		/* an errno, with -1 */
	double seconds;		/* until it was decided */
};

/*
 * In place of race_finish, for who wants to know of all of them: tries every
 * address at the same time, waits until each is decided, and gives an array
 * of them, n, in the order of the race.  It and the sockets are the caller's.
 */
struct lap *race_run_all(struct race *);

/* Closes what has not won. */
void race_free(struct race *);

#endif
