#ifndef SPOOL_DRAFT_H
#define SPOOL_DRAFT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct envelope;

/*
 * A message on its way into the spool: tmp/ID until it is complete, new/ID
 * from then on.  Until draft_commit has returned 0 nothing is promised.
 */
struct draft {
	int spool;
	int fd;			/* -1: there is none */
	uint64_t arrival;	/* microseconds since the epoch; names it */
	char id[14];
	off_t size;		/* of the message so far */
	uint32_t crc;
	struct buf *pending;	/* what has not been written yet */
	bool written;		/* the beginning of the file has been */
};

/* Makes the file.  0, or -1 and errno. */
int draft_create(struct draft *, int spool);

/*
 * Add the envelope first, then the message in any number of pieces, in
 * canonical form (canon.h).  0, or -1 and errno.
 */
void draft_envelope(struct draft *, struct envelope *);
int draft_message(struct draft *, const char *, size_t);

/*
 * Fills in size, checksum and eightbit of the envelope, moves the file to
 * new/ and makes it durable there.  0, or -1 and errno, and then the file is
 * gone.
 */
int draft_commit(struct draft *, struct envelope *);

/* Removes the file, wherever it is.  Safe to call in any state. */
void draft_abort(struct draft *);

#endif
