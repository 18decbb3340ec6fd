#include <config.h>

#include "flush/notifier.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/xmalloc.h"
#include "flush/marks.h"
#include "flush/notice.h"
#include "flush/outbox.h"
#include "mail/notification.h"
#include "mail/notify.h"
#include "spool/message.h"
#include "spool/pending.h"

enum {
	/* In one notification, whose text is made in memory. */
	RECIPIENTS = 1000,
	KINDS = 3,
};

static enum notifier_result
tell(struct outbox *o, const struct subject *s, struct pending *p,
    const struct recipient *const *list, size_t n)
{
	switch (notice_write(s, p, list, n)) {
	case NOTICE_WRITTEN:
		break;
	case NOTICE_NOT_WRITTEN:
		/* Should a part of it be left, it has to be seen to. */
		o->stuck = true;
		return NOTIFIER_LATER;
	case NOTICE_NOBODY:
		return NOTIFIER_NOBODY;
	}
	notify_told(s->message->envelope, p->kind, p->end);
	if (marks_write(s->message, s->id, true) == 0 &&
	    outbox_publish(o, p) == 0)
		return NOTIFIER_DONE;
	o->stuck = true;
	return NOTIFIER_STUCK;
}

static enum notifier_result
tell_kind(struct outbox *o, const struct subject *s, int kind)
{
	const struct recipient **list =
	    xcalloc(RECIPIENTS, sizeof(*list));
	struct pending p = { .original = s->arrival, .kind = kind };
	enum notifier_result result = NOTIFIER_DONE;
	size_t n;

	while (result == NOTIFIER_DONE && (n = notify_list(
	    s->message->envelope, kind, list, RECIPIENTS, &p.end)) > 0)
		result = tell(o, s, &p, list, n);
	free(list);
	return result;
}

/* Whether it is time for this kind of news. */
static bool
is_time(int kind, bool late)
{
	return kind != NOTIFICATION_DELAYED || late;
}

enum notifier_result
notifier_tell(struct outbox *o, const struct subject *s, bool late)
{
	enum notifier_result result = NOTIFIER_DONE, one;

	for (int kind = 0; kind < KINDS; kind++) {
		if (!is_time(kind, late))
			continue;
		one = tell_kind(o, s, kind);
		if (one == NOTIFIER_LATER || one == NOTIFIER_STUCK)
			return one;
		if (one == NOTIFIER_NOBODY && kind == NOTIFICATION_FAILED)
			result = one;
	}
	return result;
}

bool
notifier_has_news(const struct subject *s, bool late)
{
	const struct recipient *first;
	size_t end;

	for (int kind = 0; kind < KINDS; kind++)
		if (is_time(kind, late) && notify_list(s->message->envelope,
		    kind, &first, 1, &end) > 0)
			return true;
	return false;
}
