#ifndef FLUSH_ALLOWANCE_H
#define FLUSH_ALLOWANCE_H

#include <stddef.h>
#include <stdint.h>

struct config;
struct rate;

/*
 * How many recipients may be sent to now, by all rates of the configuration
 * (rate.h).  What was used is written down in the spool, in the file "rate",
 * before it is: of a large rate up to a hundredth ahead, so that not every
 * message costs that.  A flusher that is killed leaves at most too much there.
 */
struct allowance {
	int spool;
	struct rate *rates;
	size_t nrates;
	uint64_t ahead;		/* recipients that are in the file already */
};

/*
 * Takes the rates of the configuration; also of a new one, when what was used
 * in a period that was there before still counts.
 */
void allowance_set(struct allowance *, int spool, const struct config *);

/* How many are left; UINT64_MAX where there is no rate. */
uint64_t allowance_left(const struct allowance *);

/*
 * In how many milliseconds one will be left, 0 if one is; and the name of the
 * rate that takes longest, "30/1m", if name is not NULL.
 */
int64_t allowance_wait(const struct allowance *, char name[64]);

/* Uses some, or gives back some that have not been sent to in the end. */
void allowance_take(struct allowance *, uint64_t n);
void allowance_give_back(struct allowance *, uint64_t n);

/* Writes down what was used, to the letter. */
void allowance_close(struct allowance *);

#endif
