#ifndef SENDMAIL_PROCESS_H
#define SENDMAIL_PROCESS_H

#include <sys/types.h>

struct buf;

/*
 * Appends " program=... parent=..." for a process, as far as /proc tells:
 * what it runs, by path or at least by name, and what its parent runs.
 */
void process_describe(pid_t, struct buf *);

#endif
