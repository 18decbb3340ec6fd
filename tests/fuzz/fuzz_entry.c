#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "spool/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A name that is accepted is written just as it was. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = xstrndup(len > 0 ? (const char *)data : "", len);
	char name[ENTRY_NAME_SIZE], id[ENTRY_ID_SIZE];
	struct entry e;

	if (entry_parse(&e, text) == 0) {
		assert(e.next >= -1 && e.arrival < UINT64_C(1) << 52);
		entry_name(&e, name);
		assert(strcmp(name, text) == 0);
		entry_id(&e, id);
		assert(strncmp(name, id, ENTRY_ID) == 0);
		assert(name[ENTRY_ID] == (e.next == -1 ? '\0' : '.'));
		assert(strpbrk(name, "/ \n") == NULL);
	}
	free(text);
	return 0;
}
