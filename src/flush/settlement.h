#ifndef FLUSH_SETTLEMENT_H
#define FLUSH_SETTLEMENT_H

#include <stdbool.h>

struct config;
struct delivery;
struct item;
struct outbox;
struct sweeper;

/* What settling takes beside the message. */
struct settlement {
	const struct config *cfg;
	int spool;
	struct outbox *outbox;
	struct sweeper *sweeper;
	bool kept;		/* something was moved to failed/ */
};

/*
 * Every recipient has been tried: writes the marks, tells the sender what
 * there is to tell, and removes the file, moves it to cur/ with the time of
 * the next attempt if some are due, or to failed/ if nobody could be told or
 * not with all of the message.  True when it is still in the queue, with
 * *again for that.
 */
bool settlement_run(struct settlement *, struct delivery *,
    struct item *again);

#endif
