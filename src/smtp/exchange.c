#include <config.h>

#include "smtp/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
exchange_fail(struct exchange *e, const char *error)
{
	e->error = error;
	return -1;
}

void
exchange_refused(struct exchange *e, const char *reason, size_t len)
{
	size_t max = sizeof(e->refusal) - 1;

	snprintf(e->refusal, sizeof(e->refusal), "%.*s",
	    (int)(len < max ? len : max), reason);
}

void
exchange_end(struct exchange *e)
{
	free(e->first);
	e->first = NULL;
	explicit_bzero(e->signature, sizeof(e->signature));
}
