#ifndef SENDMAIL_INTAKE_H
#define SENDMAIL_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

struct client;
struct command;
struct submitter;

/*
 * The mail transactions of an SMTP session (RFC 5321, section 3.3), one after
 * another: MAIL, RCPT and DATA or BDAT make a submission, or something ends
 * it before.  Every function but intake_drop and intake_chunk answers its
 * command, after taking all that belongs to it.
 */
struct intake;

/*
 * All is borrowed.  next is called between the chunks of BDAT: it executes
 * commands, and when one is BDAT gives it to intake_chunk and returns true;
 * false when none will come, or when intake_wants_chunk says so.
 */
struct intake *intake_new(struct submitter *, struct client *,
    bool (*next)(void *), void *arg);
void intake_free(struct intake *);

/* path is as command_parse has it. */
void intake_mail(struct intake *, const struct command *, const char *path);
void intake_rcpt(struct intake *, const struct command *, const char *path);
void intake_data(struct intake *);
void intake_bdat(struct intake *, const struct command *);

/* Adds a chunk to the message that is coming in. */
void intake_chunk(struct intake *, const struct command *);
bool intake_wants_chunk(const struct intake *);

/* Ends the transaction, if there is one, and takes back its message. */
void intake_drop(struct intake *);

/* How many messages there were. */
size_t intake_count(const struct intake *);

#endif
