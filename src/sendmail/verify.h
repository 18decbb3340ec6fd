#ifndef SENDMAIL_VERIFY_H
#define SENDMAIL_VERIFY_H

struct buf;
struct submitter;

/*
 * Checks the addresses in words and prints a line on stdout for each one that
 * mail to them would go to.  EX_OK; or EX_DATAERR and one line in error about
 * all that are malformed, EX_USAGE when there are none.
 */
int verify(char *const *words, const struct submitter *, struct buf *error);

#endif
