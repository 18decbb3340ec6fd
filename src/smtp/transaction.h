#ifndef SMTP_TRANSACTION_H
#define SMTP_TRANSACTION_H

struct job;
struct progress;
struct session;

/*
 * A mail transaction (RFC 5321, section 3.3): one message to up to 100
 * recipients, over a session.
 */
struct transaction;

/* Borrows all it is given; fd is open on the spool file. */
struct transaction *transaction_new(struct session *, const struct job *,
    int fd, int channel);
void transaction_free(struct transaction *);

/*
 * Runs it, and reports to the channel when the end of the data goes out.  0,
 * or -1 when the session has ended.
 */
int transaction_run(struct transaction *);

/* What is known of its recipients, borrowed. */
const struct progress *transaction_progress(const struct transaction *);

#endif
