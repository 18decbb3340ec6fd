#ifndef SENDMAIL_CLIENT_H
#define SENDMAIL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The other end of an SMTP session: lines and bytes come from it, replies go
 * to it.  Everything it sends ahead is taken (RFC 2920); replies are written
 * when there is nothing left to read, before waiting for more.
 */
struct client;

enum client_end {
	CLIENT_OPEN,
	CLIENT_ENDED,		/* it has nothing more to say */
	CLIENT_TIMED_OUT,
	CLIENT_INTERRUPTED,	/* by a signal to us (signals.h) */
	CLIENT_FAILED,		/* errno, see client_error */
};

enum {
	/*
	 * RFC 5321, 4.5.3.1.4 gives a command line 512 octets, to which the
	 * extensions add theirs: DSN 605, the others 100; and addresses are
	 * longer than its 256 octets, see ADDRESS_MAX.
	 */
	CLIENT_LINE_MAX = 2048,
};

enum client_line {
	CLIENT_LINE,
	CLIENT_LINE_LONG,	/* one over CLIENT_LINE_MAX, passed over */
	CLIENT_LINE_BARE,	/* from a network: ended by LF without CR */
	CLIENT_LINE_NONE,	/* the session has ended */
};

/*
 * The descriptors are borrowed.  If in is a socket of a network, waits end
 * after the times of RFC 5321, section 4.5.3.2, or timeout seconds unless
 * that is 0.  On a pipe, file, terminal or local socket they do not.
 */
struct client *client_new(int in, int out, uint64_t timeout);
void client_free(struct client *);

bool client_is_network(const struct client *);

/* Whether it is on another machine, and no address of loopback. */
bool client_is_remote(const struct client *);

/* Whether all its lines so far ended in LF alone; never on a network. */
bool client_uses_lf(const struct client *);

/*
 * The next line, without its line end; it stays until the next line or bytes
 * are asked for.  A file, pipe or local socket may end it in LF alone.
 */
enum client_line client_line(struct client *, const char **line,
    size_t *len);

/*
 * The bytes that come next, at least one; 0 when the session has ended.
 * client_take takes n of them away.
 */
size_t client_bytes(struct client *, const char **bytes);
void client_take(struct client *, size_t n);

/* Reads n bytes and forgets them. */
void client_skip(struct client *, uint64_t n);

/*
 * Add a line to what is to be written: as it is, or with a code, an enhanced
 * status code (RFC 3463) and words, of which only printable ASCII is kept.
 */
void client_print(struct client *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));
void client_reply(struct client *, int code, const char *status,
    const char *words);
void client_flush(struct client *);

/* How many replies had a code of 500 or more. */
size_t client_refusals(const struct client *);

enum client_end client_end(const struct client *);
int client_error(const struct client *);

#endif
