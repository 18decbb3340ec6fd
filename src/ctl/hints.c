#include <config.h>

#include "ctl/hints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "spool/entry.h"
#include "spool/trigger.h"

/* Reading the directories costs less than more of them. */
enum { HINTS_MAX = 64 };

void
hints_init(struct hints *h)
{
	*h = (struct hints){ .lines = xcalloc(1, sizeof(*h->lines)) };
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
	if (result == 0 && h->n > HINTS_MAX)
		result = send_line(spool, TRIGGER_SCAN);
	error = errno;
	buf_free(h->lines);
	free(h->lines);
	*h = (struct hints){ 0 };
	errno = error;
	return result;
}
