#include <config.h>

#include "mail/boundary.h"

#include <string.h>

static size_t
without_blanks(const char *text, size_t len)
{
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return len;
}

int
boundaries_push(struct boundaries *all, const char *text, size_t len,
    bool digest)
{
	struct boundary *b = &all->stack[all->depth];

	len = without_blanks(text, len);
	if (len == 0 || len > BOUNDARY_MAX || all->depth == BOUNDARY_DEPTH)
		return -1;
	memcpy(b->text, text, len);
	b->len = len;
	b->digest = digest;
	all->depth++;
	return 0;
}

static bool
is_delimiter(const struct boundary *b, const char *text, size_t len, bool *last)
{
	if (len < b->len || memcmp(text, b->text, b->len) != 0)
		return false;
	*last = len == b->len + 2 && memcmp(text + b->len, "--", 2) == 0;
	return len == b->len || *last;
}

bool
boundaries_end(struct boundaries *all, const char *line, size_t len,
    bool *last)
{
	len = without_blanks(line, len);
	if (len < 2 || memcmp(line, "--", 2) != 0)
		return false;
	for (size_t i = all->depth; i-- > 0;) {
		if (!is_delimiter(&all->stack[i], line + 2, len - 2, last))
			continue;
		all->depth = *last ? i : i + 1;
		return true;
	}
	return false;
}
