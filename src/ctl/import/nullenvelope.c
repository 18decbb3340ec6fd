#include <config.h>

#include "ctl/import/nullenvelope.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

/* Cuts the next line off.  NULL when there is no whole one. */
static char *
take_line(char **p, const char *end)
{
	char *line = *p, *newline;

	newline = line < end ? memchr(line, '\n', (size_t)(end - line)) :
	    NULL;
	if (newline == NULL)
		return NULL;
	*newline = '\0';
	*p = newline + 1;
	return line;
}

static void
add(struct nullenvelope *e, char *recipient)
{
	e->recipients = xreallocarray(e->recipients, e->nrecipients + 2,
	    sizeof(*e->recipients));
	e->recipients[e->nrecipients++] = recipient;
	e->recipients[e->nrecipients] = NULL;
}

const char *
nullenvelope_parse(struct nullenvelope *e, char *text, size_t len)
{
	char *p = text, *line;
	const char *end = text + len;

	*e = (struct nullenvelope){ .sender = take_line(&p, end) };
	if (e->sender == NULL)
		return "has no line with the sender";
	while ((line = take_line(&p, end)) != NULL && *line != '\0')
		add(e, line);
	if (line == NULL)
		return "has no empty line after the recipients";
	if (e->nrecipients == 0)
		return "has no recipient";
	e->length = (size_t)(p - text);
	return NULL;
}

void
nullenvelope_free(struct nullenvelope *e)
{
	free(e->recipients);
	*e = (struct nullenvelope){ 0 };
}
