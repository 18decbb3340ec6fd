#ifndef MAIL_REPORT_H
#define MAIL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct verdict;

/* What an agent says to the flusher; a packet has one or more of these. */
enum report_kind {
	/*
	 * The session is authenticated.  The flusher may have window jobs
	 * at the agent at a time from now on; before, it sends none.
	 */
	REPORT_READY,
	/*
	 * The end of data of the job in slot goes out now: should neither a
	 * REPORT_DONE nor a REPORT_ENDED follow, it may have been delivered.
	 */
	REPORT_SENDING,
	/* The job in slot is done: a verdict for each of its recipients. */
	REPORT_DONE,
	/*
	 * The session has ended with this verdict, of class relay or local,
	 * and the agent leaves.  Jobs not done were not delivered.
	 */
	REPORT_ENDED,
};

enum { REPORT_MAX = 64 * 1024 };	/* 100 verdicts with their texts */

struct report {
	enum report_kind kind;
	uint32_t slot;
	unsigned window;	/* ready */
	unsigned recipients;	/* ready: at most in a transaction; 0: any */
	bool dsn;		/* ready: it sends notifications (RFC 3461) */
	char *relay;		/* ready: "host[address]:port", borrowed */
	double connecting;	/* ready: seconds from start of the agent */
	double sending;		/* done: seconds from MAIL to the verdict */
	bool in_step;		/* ended: replies matched what they answer */
	struct verdict *verdicts; /* done: one a recipient; ended: one */
	size_t nverdicts;
};

/* Appends the report to a packet: REPORT_MAX bytes at most. */
void report_encode(const struct report *, struct buf *);

/*
 * Takes the next report out of a packet, which ends with a NUL, and moves on
 * to what follows it; relay points into the packet.  1; 0 when there is none
 * any more; -1 when it is malformed.  On 1 the verdicts belong to the caller,
 * who frees them with report_free.
 */
int report_decode(struct report *, char **packet);
void report_free(struct report *);

#endif
