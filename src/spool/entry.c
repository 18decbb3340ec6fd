#include <config.h>

#include "spool/entry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

#define ARRIVAL_MAX ((UINT64_C(1) << (4 * ENTRY_ID)) - 1)

void
entry_id(const struct entry *e, char id[ENTRY_ID_SIZE])
{
	snprintf(id, ENTRY_ID_SIZE, "%013" PRIX64, e->arrival & ARRIVAL_MAX);
}

void
entry_name(const struct entry *e, char name[ENTRY_NAME_SIZE])
{
	entry_id(e, name);
	if (e->next != -1)
		snprintf(name + ENTRY_ID, ENTRY_NAME_SIZE - ENTRY_ID,
		    ".%" PRId64, e->next);
}

int
entry_parse(struct entry *e, const char *name)
{
	size_t len = strlen(name);
	const char *next = name + ENTRY_ID + 1;
	uint64_t value;

	if (len < ENTRY_ID ||
	    number_parse(name, ENTRY_ID, 16, ARRIVAL_MAX, &e->arrival) == -1)
		return -1;
	e->next = -1;
	if (len == ENTRY_ID)
		return 0;
	/* One form only: a number has no leading zeros. */
	if (name[ENTRY_ID] != '.' || (next[0] == '0' && next[1] != '\0') ||
	    number_parse(next, len - ENTRY_ID - 1, 10, INT64_MAX, &value) == -1)
		return -1;
	e->next = (int64_t)value;
	return 0;
}
