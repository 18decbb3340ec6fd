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
enum { DRAFT_NAME_SIZE = 64 };
struct draft {
	int spool;
	int fd;			/* -1: there is none */
	uint64_t arrival;	/* microseconds since the epoch; names it */
	char id[14];
	char name[DRAFT_NAME_SIZE];	/* in tmp/ */
	off_t size;		/* of the message so far */
	uint32_t crc;
	struct buf *pending;	/* what has not been written yet */
	bool written;		/* the beginning of the file has been */
	off_t read;		/* how far draft_read is in the file */
};

/* Makes the file.  0, or -1 and errno. */
int draft_create(struct draft *, int spool);

/* The same for one that has its ID behind this prefix while it is in tmp/. */
int draft_create_as(struct draft *, int spool, const char *prefix);

/*
 * Add the envelope first, then the message in any number of pieces, in
 * canonical form (canon.h).  0, or -1 and errno.
 */
void draft_envelope(struct draft *, struct envelope *);
int draft_message(struct draft *, const char *, size_t);

/*
 * The second pass, where what came later tells how the beginning should have
 * been: moves what there is so far to old and begins the message anew in d,
 * under the same ID.  draft_read gives the message in old piece by piece,
 * replacing what is in piece: 1, 0 when there is no more, or -1 and errno.
 * draft_replace, after the last piece, lets d take the place of old; before
 * that both have to be aborted.  0, or -1 and errno.
 */
int draft_restart(struct draft *d, struct envelope *, struct draft *old);
int draft_read(struct draft *old, struct buf *piece);
int draft_replace(struct draft *d, struct draft *old);

/*
 * Fills in size, checksum and eightbit of the envelope, moves the file to
 * new/ and makes it durable there.  0, or -1 and errno, and then the file is
 * gone.  Until it is known which, the file is locked (flock(2)), so that
 * nobody sends what is going to be taken back.
 */
int draft_commit(struct draft *, struct envelope *);

/*
 * Completes it and makes it durable where it is, in tmp/, and lets go of it.
 * 0, or -1 and errno, and then the file is gone.
 */
int draft_leave(struct draft *, struct envelope *);

/* Removes the file, wherever it is.  Safe to call in any state. */
void draft_abort(struct draft *);

#endif
