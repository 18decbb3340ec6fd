#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct capabilities;
struct config;
struct connection;
struct reply;
struct stream;
struct tls;
struct verdict;

/*
 * A session with the smarthost.  Whatever ends it is decided once, where it
 * is seen, and stays in end; the functions that return -1 have put it there.
 */
struct session {
	const struct config *config;
	const char *relay;	/* "host[address]:port" */
	bool loopback;
	struct stream *stream;
	struct tls *tls;	/* NULL when it is not to be used */
	bool encrypted;
	struct capabilities *offered;
	const char *mechanism;	/* of its authentication; NULL: none yet */
	struct reply *reply;	/* the last one */
	bool ended;
	struct verdict *end;
	int fault;		/* which end is about (fault.h) */
	char detail[512];	/* what was seen */
	bool lost;		/* nothing more can be said, not even QUIT */
	bool garbled;		/* because a reply was none */
};

/* Takes over the connection's descriptor and borrows the rest. */
struct session *session_new(const struct config *, const struct connection *,
    struct tls *);

/*
 * The greeting, EHLO and STARTTLS: all before authentication.h.  0 or -1.
 */
int session_open(struct session *, const char *helo);

/* Appends what protects it: "no TLS", or as in tls_describe. */
void session_describe(const struct session *, struct buf *);

/* Adds a command to what goes out next. */
void session_say(struct session *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

/*
 * Waits for the reply to the stage; session_hear sends before what is to go
 * out.  0 or -1.
 */
int session_read(struct session *, int stage, struct verdict *);
int session_hear(struct session *, int stage, struct verdict *);

/* Ends the session with a fault, or with the reply just heard; -1. */
int session_fail(struct session *, int fault, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
int session_refused(struct session *, int stage, const struct verdict *);

/*
 * Whether the smarthost has said more than it was asked for, so that a reply
 * may have been taken for another one; called when no reply is due.  After
 * the end of data that matters only if one of them is bad, as they may all be
 * about the same message.
 */
bool session_is_ahead(struct session *, int stage);

/* How long to wait in this stage, in seconds. */
double session_patience(const struct session *, int stage);

/* The smarthost did not answer in this stage in time; -1. */
int session_timed_out(struct session *, int stage);

/*
 * Looks what the smarthost has to say while nothing is due: 0, or -1 when it
 * has ended the session.
 */
int session_check(struct session *);

/* QUIT, if there is still somebody to say it to, and the end. */
void session_close(struct session *);

#endif
