#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>

struct capabilities;
struct config;
struct connection;
struct credentials;
struct reply;
struct stream;
struct tls;
struct transaction;
struct verdict;

/*
 * A session with the smarthost.  Whatever ends it is decided once, where it
 * is seen, and stays in end; the functions that return -1 have put it there.
 */
enum {
	SESSION_WINDOW = 256,	/* replies due at most: two full envelopes */
};

struct session {
	const struct config *config;
	const char *relay;	/* "host[address]:port" */
	bool loopback;
	struct stream *stream;
	struct tls *tls;	/* NULL when it is not to be used */
	bool encrypted;
	struct capabilities *offered;
	struct reply *reply;	/* the last one */
	bool ended;
	struct verdict *end;
	bool lost;		/* nothing more can be said, not even QUIT */
	bool unfinished;	/* a transaction: RSET goes before the next */
	struct due {		/* the window of replies due, a ring */
		int stage;	/* enum smtp_stage: what it answers, */
		struct transaction *transaction; /* in which transaction, */
		size_t recipient;	/* about which recipient */
	} due[SESSION_WINDOW];
	size_t first;
	size_t ndue;
};

/* Takes over the connection's descriptor and borrows the rest. */
struct session *session_new(const struct config *, const struct connection *,
    struct tls *);

/*
 * The greeting, EHLO, STARTTLS and AUTH: all before the first transaction.
 * The password is wiped when it is no longer needed.  0 or -1.
 */
int session_open(struct session *, const char *helo, struct credentials *);

/* Adds a command to what goes out next. */
void session_say(struct session *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

/* Sends what is to go out and waits for the reply to the stage.  0 or -1. */
int session_hear(struct session *, int stage, struct verdict *);

/* Ends the session with a fault, or with the reply just heard; -1. */
int session_fail(struct session *, int fault, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
int session_refused(struct session *, int stage, const struct verdict *);

/* How long to wait in this stage, in seconds. */
double session_patience(const struct session *, int stage);

/* The window: how many replies may be due, and a queue of what is due. */
size_t session_window(const struct session *);
void session_push_due(struct session *, struct due);
struct due session_pop_due(struct session *);

/*
 * Looks what the smarthost has to say while nothing is due: 0, or -1 when it
 * has ended the session.
 */
int session_check(struct session *);

/* QUIT, if there is still somebody to say it to, and the end. */
void session_close(struct session *);

#endif
