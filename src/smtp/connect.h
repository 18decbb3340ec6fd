#ifndef SMTP_CONNECT_H
#define SMTP_CONNECT_H

#include <stdbool.h>

struct addrinfo;
struct buf;
struct config;
struct race;
struct verdict;

/* A connection to the smarthost; all 0 but for fd, which is -1, is none. */
struct connection {
	int fd;			/* does not block */
	char *name;		/* "host[address]:port" */
	bool loopback;		/* the bytes do not leave this machine */
	struct addrinfo *addresses;
	struct addrinfo *source;
	struct race *race;
};

/*
 * Resolves the smarthost and begins to connect to its addresses, first of
 * all to the one that is first, as text, if that is not NULL and among them.
 * 0, or -1 and a verdict.
 */
int connect_begin(struct connection *, const struct config *,
    const char *first, struct verdict *);

/*
 * Waits until one of them has answered.  0, and the descriptor belongs to
 * the caller; or -1 and a verdict.
 */
int connect_finish(struct connection *, const struct config *,
    struct verdict *);

/* Frees all but the descriptor. */
void connect_free(struct connection *);

/*
 * Appends the address of our end of a connected socket as an address literal
 * (RFC 5321, section 4.1.3).
 */
void connect_literal(int fd, struct buf *);

#endif
