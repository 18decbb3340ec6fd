#include <config.h>

#include "flush/item.h"

#include "spool/entry.h"
#include "spool/spool.h"

struct entry
item_entry(const struct item *item)
{
	return (struct entry){ .arrival = item->arrival, .next = item->next };
}

int
item_state(const struct item *item)
{
	return item->next == -1 ? SPOOL_NEW : SPOOL_CUR;
}
