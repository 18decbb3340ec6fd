#include <config.h>

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mail/phrase.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Whatever the name, the phrase is printable ASCII on one line; or, folded,
 * encoded words of at most 75 bytes each.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *name = xstrndup(len > 0 ? (const char *)data : "", len);
	struct buf out = { 0 };
	const char *p, *crlf;

	buf_adds(&out, "");
	phrase_add(&out, name);
	p = out.data;
	assert(strlen(p) == out.len);
	for (; (crlf = strstr(p, "\r\n ")) != NULL; p = crlf + 3)
		assert(strncmp(p, "=?", 2) == 0 && crlf - p <= 75 &&
		    strncmp(crlf - 2, "?=", 2) == 0);
	if (strncmp(p, "=?", 2) == 0)
		assert(strlen(p) <= 75 && strchr(p, ' ') == NULL);
	else
		assert(p == out.data && out.len <= 2 * strlen(name) + 2);
	if (*p == '"')
		assert(p[strlen(p) - 1] == '"' && strlen(p) > 1);
	for (; *p != '\0'; p++)
		assert(*p >= ' ' && *p < 127);
	buf_free(&out);
	free(name);
	return 0;
}
