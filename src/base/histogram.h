#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BOUNDS = 16 };

/*
 * How often values of what size came.  Pure.  The bounds ascend, and a value
 * that equals one is below it, as in Prometheus; they are borrowed.
 */
struct histogram {
	const double *bounds;
	size_t nbounds;		/* HISTOGRAM_BOUNDS at most */
	uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* up to each, and beyond */
	double sum;
};

void histogram_init(struct histogram *, const double *bounds, size_t n);

/* A clock that was set back makes no value less than 0. */
void histogram_add(struct histogram *, double);

#endif
