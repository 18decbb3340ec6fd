#include <config.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "ctl/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A line goes to a message only if it names it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char one[] = "660D4D51155F9", two[] = "0000000000000";
	char *ids[] = { one, two, NULL };
	char *text = xstrndup((const char *)data, size), *rest = text, *line;
	struct history h;

	history_init(&h, ids);
	while ((line = strsep(&rest, "\n")) != NULL)
		history_line(&h, line);
	if ((history_of(&h, 0x660d4d51155f9) != NULL &&
	    strstr(history_of(&h, 0x660d4d51155f9), one) == NULL) ||
	    (history_of(&h, 0) != NULL && strstr(history_of(&h, 0), two) ==
	    NULL))
		abort();
	history_free(&h);
	free(text);
	return 0;
}
