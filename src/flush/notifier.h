#ifndef FLUSH_NOTIFIER_H
#define FLUSH_NOTIFIER_H

#include <stdbool.h>

struct outbox;
struct subject;

/*
 * Tells the sender of a message what became of its recipients, each thing
 * once (RFC 3461, section 5): what has failed, what was relayed to where
 * nobody will say more, and what is late.
 */
enum notifier_result {
	NOTIFIER_DONE,		/* told, or there was nothing to tell */
	NOTIFIER_NOBODY,	/* of a failure, and it cannot be told */
	NOTIFIER_LATER,		/* not written: to be told another time */
	NOTIFIER_STUCK,		/* as the outbox is: leave the message as it
				 * is */
};

/*
 * If there is anything to tell, the marks of the message must be as they are
 * in its file, durably, and the file be open for writing; no recipient may be
 * on its way.  late: it is so old that the sender is told of those who are due.
 */
enum notifier_result notifier_tell(struct outbox *, const struct subject *,
    bool late);

/* Whether there is anything to tell. */
bool notifier_has_news(const struct subject *, bool late);

#endif
