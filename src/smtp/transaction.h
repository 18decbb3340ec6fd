#ifndef SMTP_TRANSACTION_H
#define SMTP_TRANSACTION_H

struct job;
struct pipeline;
struct session;

/*
 * A mail transaction (RFC 5321, section 3.3): one message to up to 100
 * recipients, from fd, which is open on the spool file.  It is said as far as
 * it can be without waiting for the last replies; the pipeline hears those
 * and reports what became of it.  0, or -1 when the session has ended.
 */
int transaction_say(struct pipeline *, struct session *, const struct job *,
    int fd);

#endif
