#ifndef CTL_IMPORT_NULLQUEUE_H
#define CTL_IMPORT_NULLQUEUE_H

/*
 * Hands the messages in the queue of nullmailer, a directory such as
 * /var/spool/nullmailer, to sendmail, with -C config unless that is NULL.
 * Each is first moved from queue/ to onehop/ there, where nullmailer does not
 * look, then given to sendmail, and removed when it is durable in the spool;
 * what sendmail does not take goes back to queue/.  What an interruption
 * leaves in onehop/ may have been taken, so it is named, and not sent again.
 * An exit status of sysexits(3).
 */
int nullqueue_take(const char *directory, const char *config);

#endif
