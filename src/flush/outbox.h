#ifndef FLUSH_OUTBOX_H
#define FLUSH_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

struct item;
struct pending;
struct queue;

/*
 * Notifications in tmp/, and how each comes into the queue exactly once.  What
 * is whole and durable there is sent, whatever happens: then the original says
 * that its sender was told, durably, and only after that it gets its name in
 * new/.  Whoever finds one that is whole goes on from there; what is not whole
 * was never begun, and is made again.
 */
struct outbox {
	int spool;
	struct queue *queue;
	bool stuck;		/* something is there that could not go on */
};

/*
 * The original says that it was told: moves the notification to new/ and into
 * the queue.  0, or -1 after it was logged; it is still there then.
 */
int outbox_publish(struct outbox *, const struct pending *);

/*
 * Goes on with what was left there by a crash or by trouble.  No message that
 * one is about may be on its way, so this comes before anything is sent.
 */
void outbox_recover(struct outbox *);

/*
 * Whether a message may be taken up: there is none about it, after another
 * attempt to go on.
 */
bool outbox_is_clear(struct outbox *, const struct item *);

#endif
