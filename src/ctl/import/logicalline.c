#include <config.h>

#include "ctl/import/logicalline.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether there is anything but a comment in the line. */
static bool
has_text(const char *line, size_t len)
{
	size_t blanks = 0;

	while (blanks < len && isspace((unsigned char)line[blanks]))
		blanks++;
	return blanks < len && line[blanks] != '#';
}

char *
logicalline_next(char **rest, unsigned *count, unsigned *line)
{
	char *start = NULL, *end = NULL;

	while (**rest != '\0') {
		char *p = *rest;
		size_t len = strcspn(p, "\n");
		bool text = has_text(p, len);

		if (text && start != NULL && !isspace((unsigned char)*p))
			break;
		++*count;
		*rest = p[len] == '\n' ? p + len + 1 : p + len;
		if (!text)
			continue;
		if (start == NULL) {
			start = end = p;
			*line = *count;
		}
		memmove(end, p, len);
		end += len;
	}
	if (start == NULL)
		return NULL;
	while (end > start && isspace((unsigned char)end[-1]))
		end--;
	/* The line after it begins behind a line end that was taken. */
	if (*end != '\0')
		*end = '\0';
	return start;
}
