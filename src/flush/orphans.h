#ifndef FLUSH_ORPHANS_H
#define FLUSH_ORPHANS_H

struct helpers;
struct pool;

/*
 * In a container we may be process 1, and then the parent of every process
 * there whose own has ended: forgets those that have exited and are nobody's
 * here.  Elsewhere it does nothing.
 */
void orphans_reap(const struct pool *, const struct helpers *);

#endif
