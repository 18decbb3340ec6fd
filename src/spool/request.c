#include <config.h>

#include "spool/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"

void
request_encode(const char *directory, char *const *words, struct buf *out)
{
	buf_add(out, directory, strlen(directory) + 1);
	for (; *words != NULL; words++)
		buf_add(out, *words, strlen(*words) + 1);
}

static size_t
count_strings(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\0';
	return n;
}

int
request_decode(struct request *r, char *text, size_t len)
{
	size_t n;

	if (len == 0 || len > REQUEST_MAX || text[len - 1] != '\0')
		return -1;
	n = count_strings(text, len);
	if (n > (REQUEST_MAX - len) / sizeof(*r->words))
		return -1;
	*r = (struct request){
		.directory = text,
		.words = xcalloc(n, sizeof(*r->words)),
		.count = (int)n - 1,
	};
	for (int i = 0; i < r->count; i++) {
		text += strlen(text) + 1;
		r->words[i] = text;
	}
	return 0;
}

void
request_free(struct request *r)
{
	free(r->words);
	*r = (struct request){ 0 };
}
