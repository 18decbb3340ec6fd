#ifndef SENDMAIL_DETOUR_H
#define SENDMAIL_DETOUR_H

struct buf;
struct submitter;

/*
 * The way into the spool where the setgid bit has no effect: by way of a
 * helper of onehop-flush (spool/errand.h), which gets the whole command line
 * and the standard streams before anything is read from them.
 *
 * The exit status, with a line in error if the helper could not write it;
 * or -1 when there is no need, or nobody to do it: then it is for the direct
 * way to succeed or to say what is wrong.
 */
int detour(struct submitter *, char **argv, struct buf *error);

#endif
