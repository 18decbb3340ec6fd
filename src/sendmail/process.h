#ifndef SENDMAIL_PROCESS_H
#define SENDMAIL_PROCESS_H

#include <sys/types.h>

struct buf;

/* Its parent, or 0 when it is gone or not to be seen. */
pid_t process_parent(pid_t);

/*
 * Appends " program=... parent=..." for a process, as far as /proc tells:
 * what it runs, by path or at least by name, and what its parent runs.
 */
void process_describe(pid_t, struct buf *);

#endif
