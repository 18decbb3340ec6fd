#ifndef SENDMAIL_SUBMIT_H
#define SENDMAIL_SUBMIT_H

struct buf;
struct options;
struct submitter;

/*
 * Takes the message on stdin into the spool, as the options say, and wakes
 * the flusher.  EX_OK when it is durable there; any other status of
 * sysexits(3), and then error says what is wrong in one line and nothing is
 * left behind.
 */
int submit(const struct options *, struct submitter *, struct buf *error);

#endif
