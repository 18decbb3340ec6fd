#include <config.h>

#include "mail/unique.h"

#include <stdlib.h>

#include "base/xmalloc.h"
#include "mail/envelope.h"
#include "mail/mailbox.h"

/* By address, and the earlier of two alike first: pointers into one array. */
static int
compare_recipients(const void *va, const void *vb)
{
	const struct recipient *const *a = va, *const *b = vb;
	int order = mailbox_compare((*a)->address, (*b)->address);

	if (order != 0)
		return order;
	return *a < *b ? -1 : 1;
}

void
unique_recipients(struct envelope *e)
{
	size_t n = e->nrecipients, kept = 0;
	struct recipient **sorted;

	if (n < 2)
		return;
	sorted = xcalloc(n, sizeof(*sorted));
	for (size_t i = 0; i < n; i++)
		sorted[i] = &e->recipients[i];
	qsort(sorted, n, sizeof(*sorted), compare_recipients);
	for (size_t i = n; i-- > 1; ) {
		if (mailbox_compare(sorted[i]->address,
		    sorted[i - 1]->address) != 0)
			continue;
		free(sorted[i]->address);
		sorted[i]->address = NULL;
	}
	free(sorted);
	for (size_t i = 0; i < n; i++) {
		if (e->recipients[i].address != NULL) {
			e->recipients[kept++] = e->recipients[i];
			continue;
		}
		free(e->recipients[i].reason);
		free(e->recipients[i].orcpt);
	}
	e->nrecipients = kept;
}
