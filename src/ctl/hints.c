#include <config.h>

#include "ctl/hints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "spool/entry.h"
#include "spool/trigger.h"

enum {
	/* Reading the directories costs less than more of them. */
	HINTS_MAX = 64,
	/* Of 15 bytes each, in a line of the log. */
	IDS_MAX = 100,
};

void
hints_init(struct hints *h)
{
	*h = (struct hints){
		.lines = xcalloc(1, sizeof(*h->lines)),
		.ids = xcalloc(1, sizeof(*h->ids)),
	};
}

static void
log_ids(struct hints *h)
{
	if (h->nids > 0)
		log_event("postsuper", h->ids->data, "%s", h->done);
	buf_clear(h->ids);
	h->nids = 0;
}

void
hints_log(struct hints *h, const char *id, const char *done)
{
	if (h->nids == IDS_MAX || (h->nids > 0 && strcmp(h->done, done) != 0))
		log_ids(h);
	buf_printf(h->ids, "%s%s", h->nids++ > 0 ? ", " : "", id);
	h->done = done;
}

void
hints_add(struct hints *h, const char *before, const struct entry *entry)
{
	char name[ENTRY_NAME_SIZE];

	if (h->n++ >= HINTS_MAX)
		return;
	entry_name(entry, name);
	buf_printf(h->lines, "%s%s\n", before, name);
}

/* When there is no room for it, that wakes the flusher just as well. */
static int
send_line(int spool, const char *line)
{
	return trigger_write(spool, line) == 0 || errno == EAGAIN ? 0 : -1;
}

int
hints_send(struct hints *h, int spool)
{
	char *rest = h->lines->data, *line;
	int result = 0, error;

	while (result == 0 && (line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			result = send_line(spool, line);
	/* There is too much to name, or what was done left nothing to. */
	if (result == 0 && (h->n > HINTS_MAX ||
	    (h->n == 0 && h->done != NULL)))
		result = send_line(spool, TRIGGER_SCAN);
	error = errno;
	log_ids(h);
	buf_free(h->lines);
	free(h->lines);
	buf_free(h->ids);
	free(h->ids);
	*h = (struct hints){ 0 };
	errno = error;
	return result;
}
