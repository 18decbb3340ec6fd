#ifndef BASE_EXPOSITION_H
#define BASE_EXPOSITION_H

#include <stdint.h>

struct buf;
struct histogram;

/*
 * The text format of Prometheus, version 0.0.4.  A family of metrics begins
 * with its type ("counter", "gauge") and what it is about; its values follow.
 * A value has one label or, for NULL, none.  All of it is appended.
 */
void exposition_family(struct buf *, const char *name, const char *type,
    const char *help);
void exposition_integer(struct buf *, const char *name, const char *label,
    const char *label_value, uint64_t);

/* A moment or a duration, to the microsecond. */
void exposition_seconds(struct buf *, const char *name, const char *label,
    const char *label_value, double);

/* A whole family. */
void exposition_histogram(struct buf *, const char *name, const char *help,
    const struct histogram *);

#endif
