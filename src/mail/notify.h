#ifndef MAIL_NOTIFY_H
#define MAIL_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

struct envelope;
struct recipient;

/*
 * What the sender of a message is to be told about its recipients, as he
 * asked with NOTIFY and RET (RFC 3461, sections 4.1 and 4.3): failures and
 * delays unless he said otherwise, and what was relayed to where nobody
 * notifies if he asked for success.  The null sender is never told.  kind is
 * an enum notification_kind.
 */

/*
 * Fills in those that he is to be told of in one notification, max at most,
 * in their order.  *end is the index behind the last of them.  How many.
 */
size_t notify_list(const struct envelope *, int kind,
    const struct recipient **, size_t max, size_t *end);

/* Marks those before end as told: their marks are to be written. */
void notify_told(struct envelope *, int kind, size_t end);

/*
 * Whether the whole message goes back, and not its header only: when it has
 * failed, unless it is large or was too large, or nothing shall be seen of it
 * on the way (RFC 8689, section 5).
 */
bool notify_whole(const struct envelope *, int kind,
    const struct recipient *const *, size_t n);

/*
 * Whether a recipient has failed of whom the sender was told with the header
 * only, without asking for that: then the message is kept.
 */
bool notify_keeps(const struct envelope *);

#endif
