#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "sendmail/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { WORDS = 32 };

/* The input is argv, a line for each word. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = xstrndup(len > 0 ? (const char *)data : "", len);
	char *rest = text, *argv[WORDS + 1], **word;
	struct options opts;
	struct buf error = { 0 };
	int argc = 0, result;

	while (argc < WORDS && (argv[argc] = strsep(&rest, "\n")) != NULL)
		argc++;
	argv[argc] = NULL;
	result = options_parse(&opts, argc, argv, &error);
	assert((error.len > 0) == (result == -1));
	word = result == 0 ? opts.recipients : NULL;
	if (result == 0) {
		assert(word >= argv && word <= argv + argc);
		assert(opts.mailq == NULL || opts.mode == MODE_QUEUE);
	}
	/* No option is left among recipients, but for what follows "--". */
	if (result == 0 && argc > 0 && (opts.mode == MODE_DELIVER ||
	    opts.mode == MODE_VERIFY) && strcmp(word[-1], "--") != 0)
		for (; *word != NULL; word++)
			assert(**word != '-' || strcmp(*word, "-") == 0);
	buf_free(&error);
	free(text);
	return 0;
}
