#ifndef SMTP_CONNECT_H
#define SMTP_CONNECT_H

#include <stdbool.h>

struct buf;
struct config;
struct verdict;

struct connection {
	int fd;			/* does not block */
	char *name;		/* "host[address]:port" */
	bool loopback;		/* the bytes do not leave this machine */
};

/*
 * Resolves the smarthost and connects to its addresses in turn, in the order
 * of getaddrinfo (RFC 6724), until one answers.  0; what is in the
 * connection then belongs to the caller.  Or -1 and a verdict.
 */
int connect_relay(struct connection *, const struct config *,
    struct verdict *);

/*
 * Appends the address of our end of a connected socket as an address literal
 * (RFC 5321, section 4.1.3).
 */
void connect_literal(int fd, struct buf *);

#endif
