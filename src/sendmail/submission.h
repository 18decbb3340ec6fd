#ifndef SENDMAIL_SUBMISSION_H
#define SENDMAIL_SUBMISSION_H

struct buf;
struct input;
struct submission;
struct submitter;

/*
 * One message on its way from whoever hands it over into the spool.  What
 * can fail gives a status of sysexits(3): EX_OK, or another and a line in
 * error that says what is wrong.  First come sender and recipients, in any
 * order, then the message.
 */

/* Both are borrowed until submission_free, which takes back what is not
 * committed. */
struct submission *submission_new(struct submitter *, struct buf *error);
void submission_free(struct submission *);

/* The envelope sender in text; NULL stands for the caller. */
int submission_sender(struct submission *, const char *text);

/*
 * The recipients in text, which may be several.  notify (dsn.h) and orcpt,
 * which may be NULL, are theirs.  If one of them is malformed, none is added.
 */
int submission_recipients(struct submission *, const char *text,
    unsigned notify, const char *orcpt);

/* How many there are so far. */
size_t submission_count(const struct submission *);

/* RET and ENVID (dsn.h); envid may be NULL. */
void submission_dsn(struct submission *, unsigned ret, const char *envid);

/* REQUIRETLS (RFC 8689), also where the command line did not ask for it. */
void submission_require_tls(struct submission *);

/* To, Cc and Bcc of the header name recipients as well. */
void submission_header_recipients(struct submission *, unsigned notify);

/*
 * Takes the message: completes it, makes it durable in the spool and wakes
 * the flusher.  The input has been read to its end when this is EX_OK.
 */
int submission_take(struct submission *, struct input *);

/* The name it has in the spool, after that. */
const char *submission_id(const struct submission *);

#endif
