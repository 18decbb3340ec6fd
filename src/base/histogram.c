#include <config.h>

#include "base/histogram.h"

void
histogram_init(struct histogram *h, const double *bounds, size_t n)
{
	*h = (struct histogram){ .bounds = bounds, .nbounds = n };
}

void
histogram_add(struct histogram *h, double value)
{
	size_t i = 0;

	if (value < 0)
		value = 0;
	while (i < h->nbounds && value > h->bounds[i])
		i++;
	h->counts[i]++;
	h->sum += value;
}
