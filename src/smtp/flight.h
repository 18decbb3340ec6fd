#ifndef SMTP_FLIGHT_H
#define SMTP_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel;
struct job;
struct progress;

/* A transaction, as long as something of it is to be said or to be heard. */
struct flight {
	struct flight *next;	/* that began after it */
	uint32_t slot;
	double begun;
	size_t ndue;		/* replies */
	bool said;		/* all of it was */
	bool behind;		/* it began before another was over */
	uint64_t end;		/* where its end stands in the stream; 0 */
	bool announced;		/* the flusher knows that its end goes out, */
	bool reported;		/* and what became of it */
	struct progress *progress;
};

struct flight *flight_new(const struct job *);
void flight_free(struct flight *);

/* Whether nothing of it is to be said or heard any more. */
bool flight_is_over(const struct flight *);

/* Whether it is known that it has no recipient. */
bool flight_is_refused(const struct flight *);

/* Tells the flusher, once, that its end of data goes out, if it does. */
void flight_announce(struct flight *, struct channel *);

/* Tells the flusher, once, what became of it, if that is known. */
void flight_report(struct flight *, struct channel *);

/*
 * The connection was lost, for this reason, with so many bytes written.  If
 * all of the message was among them it may have been delivered.
 */
void flight_lose(struct flight *, uint64_t written, const char *why);

#endif
