#ifndef BENCH_HELD_H
#define BENCH_HELD_H

#include <stddef.h>
#include <stdint.h>

/*
 * What is under way in one direction of a delay line: pieces of data, each
 * with the time at which it is due at the other side.  A struct held of zeros
 * is empty.  Running out of memory ends the program.
 */
struct piece {
	struct piece *next;
	int64_t due;		/* held_clock() */
	size_t len;
	size_t off;		/* of what has not been passed on */
	char data[];
};

struct held {
	struct piece *head;
	struct piece *tail;
	size_t bytes;
};

/* Nanoseconds of the monotonic clock. */
int64_t held_clock(void);

/* Adds a copy; what is pushed later must not be due earlier. */
void held_push(struct held *, const char *, size_t, int64_t due);

/* Removes the first piece; there must be one. */
void held_drop(struct held *);

/* The earlier of a time, -1 for never, and when the next piece is due. */
int64_t held_next(const struct held *, int64_t);

#endif
