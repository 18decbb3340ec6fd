#ifndef SPOOL_HANDOVER_H
#define SPOOL_HANDOVER_H

#include <sys/types.h>

#include <stddef.h>

struct buf;

/*
 * How a program that may not use the spool itself hands over what it was
 * called for: over the socket submit of the spool to a helper, which
 * onehop-flush starts and which runs as the owner of the spool.
 *
 *	client	"onehop 1 LENGTH", and the descriptors of its three streams
 *		LENGTH bytes as in request.h, in packets of any length
 *	helper	HANDOVER_TAKEN
 *		its exit status
 *
 * An answer is a packet of one byte.  Instead of the first, onehop-flush may
 * say HANDOVER_BUSY.  The client closes or shuts down its end when it was
 * interrupted.  Nothing of the streams is read before HANDOVER_TAKEN.
 */
#define HANDOVER_NAME "submit"

/* The first argument of a program that is to be a helper. */
#define HANDOVER_OPTION "--submit"

enum {
	HANDOVER_SOCKET = 3,	/* the descriptor of a helper's connection */
	HANDOVER_STREAMS = 3,
	HANDOVER_MODE = 0666,	/* of the socket submit */
};

enum handover_answer {		/* beside exit statuses, which are less */
	HANDOVER_BUSY = 0xfe,
	HANDOVER_TAKEN = 0xff,
};

/*
 * Makes the socket anew, which takes the owner of the spool and its lock
 * (lock.h).  A descriptor that does not block, or -1 and errno.
 */
int handover_listen(int spool);

/* Reaches who listens there.  A descriptor, or -1 and errno. */
int handover_connect(int spool);

/* Sends a request (request.h) and the standard streams.  0, or -1 and errno. */
int handover_send(int sock, const struct buf *text);

/*
 * Takes the text of a request and descriptors for its streams, which are the
 * caller's then.  0, or -1 when it is not whole or not of this form.
 */
int handover_take(int sock, struct buf *text, int streams[HANDOVER_STREAMS]);

/* Sends an answer, to whom there may still be.  0, or -1 and errno. */
int handover_answer(int sock, int answer);

/* Ends a helper's work: what it has printed goes out before its status. */
void handover_status(int status);

#endif
