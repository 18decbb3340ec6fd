#include <config.h>

#include "mail/notify.h"

#include <string.h>

#include "mail/dsn.h"
#include "mail/envelope.h"
#include "mail/notification.h"

enum {
	/*
	 * Larger messages do not go back whole: they may be many, and go where
	 * mailboxes are small.
	 */
	WHOLE_MAX = 256 * 1024,
};

static bool
wants(const struct recipient *r, enum dsn_notify when)
{
	if (r->notify == 0)
		return when != DSN_SUCCESS;
	return (r->notify & when) != 0;
}

static bool
is_owed(const struct recipient *r, int kind)
{
	switch ((enum notification_kind)kind) {
	case NOTIFICATION_FAILED:
		return r->state == RECIPIENT_FAILED &&
		    r->told != TOLD_FAILED && wants(r, DSN_FAILURE);
	case NOTIFICATION_DELAYED:
		return r->state == RECIPIENT_DUE && *r->reason != '\0' &&
		    r->told == TOLD_NOTHING && wants(r, DSN_DELAY);
	case NOTIFICATION_RELAYED:
		break;
	}
	return r->state == RECIPIENT_DELIVERED && r->told != TOLD_RELAYED &&
	    wants(r, DSN_SUCCESS);
}

size_t
notify_list(const struct envelope *e, int kind,
    const struct recipient **list, size_t max, size_t *end)
{
	size_t n = 0;

	*end = 0;
	if (*e->sender == '\0')
		return 0;
	for (size_t i = 0; i < e->nrecipients && n < max; i++)
		if (is_owed(&e->recipients[i], kind)) {
			list[n++] = &e->recipients[i];
			*end = i + 1;
		}
	return n;
}

void
notify_told(struct envelope *e, int kind, size_t end)
{
	static const enum recipient_told told[] = {
		[NOTIFICATION_FAILED] = TOLD_FAILED,
		[NOTIFICATION_DELAYED] = TOLD_DELAYED,
		[NOTIFICATION_RELAYED] = TOLD_RELAYED,
	};

	for (size_t i = 0; i < e->nrecipients && i < end; i++)
		if (is_owed(&e->recipients[i], kind)) {
			e->recipients[i].told = told[kind];
			e->recipients[i].touched = true;
		}
}

/*
 * The message was larger than somebody takes (RFC 3463, sections 3.3 and
 * 3.4), and so would be what has it in it.
 */
static bool
was_too_large(const struct recipient *r)
{
	size_t len = strcspn(r->reason, " ");

	return (len == 5 && (memcmp(r->reason + 1, ".2.3", 4) == 0 ||
	    memcmp(r->reason + 1, ".3.4", 4) == 0));
}

bool
notify_whole(const struct envelope *e, int kind,
    const struct recipient *const *list, size_t n)
{
	if (kind != NOTIFICATION_FAILED || e->require_tls ||
	    e->ret == DSN_RET_HDRS ||
	    (e->ret == DSN_RET_NONE && e->size > WHOLE_MAX))
		return false;
	for (size_t i = 0; i < n; i++)
		if (was_too_large(list[i]))
			return false;
	return true;
}

bool
notify_keeps(const struct envelope *e)
{
	if (e->ret == DSN_RET_HDRS)
		return false;
	for (size_t i = 0; i < e->nrecipients; i++) {
		const struct recipient *r = &e->recipients[i];

		if (r->told == TOLD_FAILED &&
		    !notify_whole(e, NOTIFICATION_FAILED, &r, 1))
			return true;
	}
	return false;
}
