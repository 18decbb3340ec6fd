#ifndef MAIL_REPORT_H
#define MAIL_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct verdict;

/* What an agent says to the flusher: one packet each. */
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
	char *relay;		/* ready: "host[address]:port", borrowed */
	double connecting;	/* ready: seconds from start of the agent */
	double sending;		/* done: seconds from MAIL to the verdict */
	struct verdict *verdicts; /* done: one a recipient; ended: one */
	size_t nverdicts;
};

/* Appends the report as a packet. */
void report_encode(const struct report *, struct buf *);

/*
 * Decodes a packet of len bytes, followed by a NUL; relay points into it.
 * 0, or -1 when it is malformed.  On 0 the verdicts belong to the caller,
 * who frees them with report_free.
 */
int report_decode(struct report *, char *packet, size_t len);
void report_free(struct report *);

#endif
