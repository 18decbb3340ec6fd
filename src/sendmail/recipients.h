#ifndef SENDMAIL_RECIPIENTS_H
#define SENDMAIL_RECIPIENTS_H

struct buf;
struct envelope;
struct rewrite;

/*
 * Adds the recipients of a message to its envelope, as what rewrite makes of
 * them.  All return 0, or -1 with a line in error that names the address and
 * says what is wrong with it.
 */

/* One word of the command line, which may hold several addresses. */
int recipients_add_word(struct envelope *, const char *word,
    struct rewrite *, struct buf *error);

/*
 * Those that the header names in To, Cc and Bcc; in Resent-To, Resent-Cc and
 * Resent-Bcc only, when there is one of these.
 */
int recipients_add_header(struct envelope *, const struct buf *header,
    struct rewrite *, struct buf *error);

#endif
