#ifndef FLUSH_SWEEPER_H
#define FLUSH_SWEEPER_H

#include <sys/types.h>

#include <stddef.h>

/*
 * A process that lets go of files that were removed.  Their blocks are freed
 * when the last descriptor is closed; on a file system that tells its disk of
 * each (ext4 with discard) that takes longer than sending the message, which
 * other messages need not wait for.  It runs as long as there is something to
 * do.  Zeros, but for sock, which is -1, are one that does not run.
 */
enum { SWEEPER_BATCH = 32 };

struct sweeper {
	pid_t pid;		/* 0 or less: there is none */
	int sock;
	int fds[SWEEPER_BATCH];	/* to be handed over together */
	size_t nfds;
};

/* Takes over the descriptor of a file that was removed, and closes it soon. */
void sweeper_take(struct sweeper *, int fd);

/* Hands over what there is; for when we are about to wait. */
void sweeper_push(struct sweeper *);

/* There is nothing more to do for a while: it leaves when it is done. */
void sweeper_rest(struct sweeper *);

#endif
