#ifndef CTL_MAILQ_H
#define CTL_MAILQ_H

#include <stdbool.h>

/*
 * Prints the queue on stdout as Postfix's mailq does, or with json as
 * postqueue -j does: one object a line.  An exit status of sysexits(3).
 */
int mailq(int spool, bool json);

#endif
