#ifndef FLUSH_EXPORTER_H
#define FLUSH_EXPORTER_H

#include <stdbool.h>
#include <stdint.h>

struct config;
struct metrics;

/*
 * Writes what was counted: into the spool when somebody asks (spool/metrics.h)
 * and, with what is in the spool, to the metrics-file of the configuration: a
 * moment after something has happened, then every few seconds as long as
 * things do, and once when they have settled.  Who has nothing to do is not
 * woken.  Times are monotonic, in milliseconds.
 */
struct exporter {
	int spool;
	const struct config *cfg;
	struct metrics *metrics;
	bool confined;		/* beneath the spool and the directory that
				 * metrics-file was in at the start */
	bool asked;
	int64_t at;		/* INT64_MAX: there is nothing to write */
	int64_t from;		/* not before */
	int error;		/* the last errno with metrics-file, or 0 */
};

/* Forgets what an earlier flusher left in the spool. */
void exporter_init(struct exporter *);

/* Somebody has asked. */
void exporter_ask(struct exporter *);

/* Writes what is to be written now. */
void exporter_run(struct exporter *, int64_t clock);

/* This flusher ends: writes both for the last time. */
void exporter_end(struct exporter *);

#endif
