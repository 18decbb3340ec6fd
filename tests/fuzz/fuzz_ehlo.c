#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "smtp/ehlo.h"
#include "smtp/sasl.h"
#include "spool/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = xstrndup(len > 0 ? (const char *)data : "", len);
	struct capabilities c;

	ehlo_parse(text, &c);
	assert((c.auth & ~(uint64_t)(AUTH_AUTO | AUTH_TOKEN)) == 0);
	assert(c.size || c.size_limit == 0);
	assert(memchr(c.mechanisms, '\0', sizeof(c.mechanisms)) != NULL);
	assert(strpbrk(c.mechanisms, "\t\r\n") == NULL);
	if (c.auth != 0)
		assert(sasl_strongest(c.auth) & c.auth);
	/* Without a second line nothing is offered. */
	if (strchr(text, '\n') == NULL)
		assert(!c.pipelining && !c.chunking && !c.eightbitmime &&
		    !c.starttls && !c.size && c.mechanisms[0] == '\0');
	free(text);
	return 0;
}
