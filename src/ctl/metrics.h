#ifndef CTL_METRICS_H
#define CTL_METRICS_H

/*
 * onehopctl metrics: what the flusher has counted and what is in the spool, in
 * the text format of Prometheus.  The second is run by a helper for a user, as
 * in status.h; there are no addresses in it.  The arguments and the exit
 * status as in verbs.h.
 */
int verb_metrics(const char *config, int argc, char **argv);
int metrics_for_user(const char *config, int argc, char **argv);

#endif
