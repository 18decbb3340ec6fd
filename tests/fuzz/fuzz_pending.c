#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "spool/pending.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A name that is accepted is written just as it was. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = xstrndup(len > 0 ? (const char *)data : "", len);
	char name[PENDING_NAME_SIZE];
	struct pending p;

	if (pending_parse(&p, text) == 0) {
		pending_name(&p, name);
		assert(strcmp(name, text) == 0);
		assert(p.end > 0 && strpbrk(name, "/ \n") == NULL);
	}
	free(text);
	return 0;
}
