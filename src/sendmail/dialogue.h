#ifndef SENDMAIL_DIALOGUE_H
#define SENDMAIL_DIALOGUE_H

struct buf;
struct submitter;

/*
 * A session of SMTP (RFC 5321) in which a client on stdin submits messages,
 * with SIZE (RFC 1870), 8BITMIME (6152), PIPELINING (2920), CHUNKING (3030),
 * ENHANCEDSTATUSCODES (2034), DSN (3461) and SMTPUTF8 (6531).  Each message
 * is durable in the spool before the reply says so; what the client does not
 * bring to an end leaves nothing there.
 *
 * With another status than EX_OK, and a line in error that says why, there can
 * be none: the client is told so in place of the greeting.
 *
 * EX_OK when the client has been told all there is to say, whatever that
 * was; or another status of sysexits(3) and a line in error.
 */
int dialogue_run(struct submitter *, int status, struct buf *error);

#endif
