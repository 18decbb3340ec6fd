#include <config.h>

#include "spool/pending.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "mail/notification.h"
#include "spool/entry.h"

static const char *const words[] = {
	[NOTIFICATION_FAILED] = "failed",
	[NOTIFICATION_DELAYED] = "delayed",
	[NOTIFICATION_RELAYED] = "relayed",
};
enum { NWORDS = sizeof(words) / sizeof(words[0]) };

void
pending_prefix(const struct pending *p, char prefix[PENDING_PREFIX_SIZE])
{
	struct entry original = { .arrival = p->original };
	char id[ENTRY_ID_SIZE];

	entry_id(&original, id);
	snprintf(prefix, PENDING_PREFIX_SIZE, "%s.%s.%zu.", id,
	    words[p->kind], p->end);
}

void
pending_name(const struct pending *p, char name[PENDING_NAME_SIZE])
{
	struct entry own = { .arrival = p->own };
	char prefix[PENDING_PREFIX_SIZE], id[ENTRY_ID_SIZE];

	pending_prefix(p, prefix);
	entry_id(&own, id);
	snprintf(name, PENDING_NAME_SIZE, "%s%s", prefix, id);
}

/* An ID, to the end of the text. */
static bool
parse_id(const char *text, uint64_t *arrival)
{
	struct entry entry;

	if (strlen(text) != ENTRY_ID || entry_parse(&entry, text) == -1)
		return false;
	*arrival = entry.arrival;
	return true;
}

static bool
parse(struct pending *p, char *rest)
{
	const char *id = strsep(&rest, "."), *word = strsep(&rest, ".");
	const char *end = strsep(&rest, ".");
	uint64_t value;

	if (rest == NULL || !parse_id(id, &p->original) ||
	    !parse_id(rest, &p->own) || *end == '0' ||
	    number_parse(end, strlen(end), 10, UINT32_MAX, &value) == -1)
		return false;
	p->end = (size_t)value;
	p->kind = 0;
	while (p->kind < NWORDS && strcmp(word, words[p->kind]) != 0)
		p->kind++;
	return p->kind < NWORDS;
}

int
pending_parse(struct pending *p, const char *name)
{
	char copy[PENDING_NAME_SIZE];

	if (strlcpy(copy, name, sizeof(copy)) >= sizeof(copy))
		return -1;
	return parse(p, copy) ? 0 : -1;
}
