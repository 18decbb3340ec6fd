#ifndef SPOOL_STATUS_H
#define SPOOL_STATUS_H

#include <stdint.h>

/*
 * Why no mail goes out, for mailq and onehopctl: a file in the spool, "relay",
 * that the flusher writes when the breaker opens, its reason changes or mail
 * begins to wait for a rate, and removes when none of that is so any more.
 */
struct status {
	int64_t since;		/* seconds since the epoch */
	int trouble;		/* enum trouble */
	char reason[1024];	/* one line, what to fix included */
};

/* Writes it, or removes it for NULL.  0, or -1 and errno. */
int status_write(int spool, const struct status *);

/* 1 when there is one, 0 when there is none, or -1 and errno. */
int status_read(int spool, struct status *);

#endif
