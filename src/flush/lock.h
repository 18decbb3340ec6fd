#ifndef FLUSH_LOCK_H
#define FLUSH_LOCK_H

#include <stdbool.h>

/*
 * Only one flusher works on a spool.  A daemon waits for one that only passes
 * through (-q), so that one is always left running; everybody else is told
 * that there is one.  The kernel gives the locks back when the process ends,
 * however it ends.
 *
 * 0, or -1 and errno: EWOULDBLOCK when there is another, and it has been so
 * for a second; EINTR when a signal came while waiting.
 */
int lock_spool(int spool, bool once);

#endif
