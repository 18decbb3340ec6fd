#ifndef CTL_MAILQ_H
#define CTL_MAILQ_H

#include <sys/types.h>

#include <stdbool.h>

/*
 * Prints the queue on stdout as Postfix's mailq does, or with json as
 * postqueue -j does: one object a line.  For a user, unless it is NULL, that
 * is what he submitted himself; the others are only counted.  An exit status
 * of sysexits(3).
 */
int mailq(int spool, bool json, const uid_t *user);

#endif
