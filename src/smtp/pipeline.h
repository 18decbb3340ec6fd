#ifndef SMTP_PIPELINE_H
#define SMTP_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

struct channel;
struct flight;
struct job;
struct session;

/*
 * Transactions on their way over a session, one behind the other (RFC 2920).
 * What is said is kept until it is pushed; the replies come in the order in
 * which they are due.  Messages in flight are those of which a reply is due.
 * A lost session can double as many of them as there are, so their number
 * begins at one and grows with each that was delivered to what the
 * configuration allows.
 */
struct pipeline;

/*
 * Borrows all it is given, over which it was greeted already.  At most most
 * messages are in flight at a time.
 */
struct pipeline *pipeline_new(struct session *, struct channel *,
    size_t most);
void pipeline_free(struct pipeline *);

/* How many jobs keep it busy: what is in flight, and what waits for that. */
size_t pipeline_jobs(const struct pipeline *);

/* Whether one more message may be in flight; whether any is. */
bool pipeline_has_room(const struct pipeline *);
bool pipeline_is_busy(const struct pipeline *);

/* Whether the session has had all the transactions that its server allows. */
bool pipeline_is_spent(const struct pipeline *);

/*
 * Whether replies have been answers to what was said, as far as is known; if
 * not, only one message should be in flight in the next session.
 */
bool pipeline_in_step(const struct pipeline *);

/*
 * Begins a transaction for a job, for which there is room.  It belongs to the
 * pipeline, and is gone once pipeline_done was called and all was heard.
 */
struct flight *pipeline_begin(struct pipeline *, const struct job *);

/*
 * Says MAIL: command, and what a server does not keep in its state, as for
 * instance the size, in extra.  RSET goes before it where an earlier
 * transaction may have been left open, except where that began alike, so that
 * it does not matter which of the two goes on.  0, or -1 when the session has
 * ended, as in all below.
 */
int pipeline_mail(struct pipeline *, struct flight *, const char *command,
    const char *extra);

/* Says a command of the transaction; recipient is whom RCPT is about. */
int pipeline_say(struct pipeline *, struct flight *, int stage,
    size_t recipient, const char *command);

/*
 * Bytes of the message have been added to the stream's output.  -1 also when
 * the smarthost takes no more of them.
 */
int pipeline_add(struct pipeline *, struct flight *);

/* The end of data has been added. */
int pipeline_end(struct pipeline *, struct flight *);

/* Nothing more will be said in this transaction. */
void pipeline_done(struct pipeline *, struct flight *);

/*
 * Sends all that was said, and before that the reports, of which some say
 * that an end of data goes out: if the flusher is gone, nobody would know, so
 * the program then ends.
 */
void pipeline_push(struct pipeline *);

/* Pushes, and hears the next reply, or all that are due. */
int pipeline_hear(struct pipeline *);
int pipeline_hear_all(struct pipeline *);

/* The smarthost did not answer in time what is due next; -1. */
int pipeline_timed_out(struct pipeline *);

/* How long it may take for what is due next, in seconds. */
double pipeline_patience(const struct pipeline *);

#endif
