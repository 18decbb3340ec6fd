#ifndef FLUSH_SUMMARY_H
#define FLUSH_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * How things are, in one line for whoever asks the service manager.  That may
 * be anybody, so what the smarthost has said is not in it.
 */
struct summary {
	size_t waiting;		/* messages, some perhaps on their way */
	const char *trouble;	/* why none can be sent, or NULL */
	const char *rate;	/* mail waits for this rate; or NULL */
	bool mistaken;		/* the configuration has a mistake since */
	bool stopping;
};

/* Appends it, without an end of line. */
void summary_write(const struct summary *, struct buf *);

#endif
