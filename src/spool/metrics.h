#ifndef SPOOL_METRICS_H
#define SPOOL_METRICS_H

#include <stdbool.h>

struct buf;

/*
 * What the flusher has counted, in the text format of Prometheus: a file in
 * the spool, "metrics", that it writes when it is asked to (TRIGGER_COUNT) and
 * when it ends, and removes when it begins.  So it costs nothing while nobody
 * asks.
 */

/* Writes it, or removes it for NULL.  0, or -1 and errno. */
int metrics_write(int spool, const struct buf *);

/*
 * Appends what the running flusher has counted up to now, or else the last
 * one, as long as that is known.  0, or -1 and errno: ETIMEDOUT when there is
 * one that does not answer.
 */
int metrics_ask(int spool, struct buf *);

/*
 * Appends what anybody can see who may look into the spool: how many messages
 * there are (census.h), and whether a flusher is running.  0, or -1 and errno.
 */
int metrics_of_spool(int spool, bool running, struct buf *);

#endif
