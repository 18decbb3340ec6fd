#include <config.h>

#include "spool/warnings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "base/xmalloc.h"

struct warnings {
	char *said[WARNINGS_MAX];
	size_t count;
	char *trouble;
	void (*fn)(void *, const char *); /* NULL: the log */
	void *arg;
};

struct warnings *
warnings_new(void)
{
	return xcalloc(1, sizeof(struct warnings));
}

void
warnings_free(struct warnings *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->said[i]);
	free(w->trouble);
	free(w);
}

void
warnings_give(struct warnings *w, void (*fn)(void *, const char *), void *arg)
{
	w->fn = fn;
	w->arg = arg;
}

const char *
warnings_trouble(const struct warnings *w)
{
	return w->trouble;
}

static void
say(struct warnings *w, const char *line)
{
	if (w->count == WARNINGS_MAX)
		return;
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->said[i], line) == 0)
			return;
	w->said[w->count++] = xstrdup(line);
	if (w->fn != NULL) {
		w->fn(w->arg, line);
		return;
	}
	log_warnx("%s", line);
	if (w->count == WARNINGS_MAX)
		log_warnx("more may be wrong than these %d things, but no "
		    "more is said", WARNINGS_MAX);
}

void
warnings_add(struct warnings *w, const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	say(w, line);
}

void
warnings_unread(struct warnings *w, int error, const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	len = strlen(line);
	snprintf(line + len, sizeof(line) - len, ": %s",
	    error == EINVAL ? "it is not a file" : strerror(error));
	if (w->trouble == NULL && io_is_trouble(error))
		w->trouble = xstrdup(line);
	say(w, line);
}
