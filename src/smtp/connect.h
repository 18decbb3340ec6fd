#ifndef SMTP_CONNECT_H
#define SMTP_CONNECT_H

#include <stdbool.h>
#include <stddef.h>

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

/* An address of the smarthost, and how connecting to it went. */
struct trial {
	struct connection connection;	/* its fd is the caller's */
	char *address;
	int error;			/* an errno when there is no fd */
	double seconds;			/* that it took */
};

/*
 * Resolves the smarthost and connects to each of its addresses, all at the
 * same time, waiting until each is decided.  How many there are, and an array
 * of them, which is the caller's to free with connect_trials_free; or 0, with
 * the fault (fault.h) and what was seen.
 */
size_t connect_trials(const struct config *, struct trial **, int *fault,
    struct buf *detail);
void connect_trials_free(struct trial *, size_t);

/*
 * Appends the name to say in EHLO (RFC 5321, section 4.1.1.1): ours, or if it
 * is not a full one, our address on this socket as an address literal.
 */
void connect_helo(const struct config *, int fd, struct buf *);

#endif
