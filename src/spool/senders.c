#include <config.h>

#include "spool/senders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "mail/sender.h"
#include "spool/warnings.h"

enum { SENDERS_MAX = 16 * 1024 * 1024 };

struct senders {
	const char *path;
	struct warnings *warnings;
	bool read;
	struct buf text;
};

struct senders *
senders_new(const char *path, struct warnings *warnings)
{
	struct senders *s = xcalloc(1, sizeof(*s));

	s->path = path;
	s->warnings = warnings;
	return s;
}

void
senders_free(struct senders *s)
{
	buf_free(&s->text);
	free(s);
}

static void
read_file(struct senders *s)
{
	struct sender_rule r = { 0 };
	const char *p, *end;

	s->read = true;
	if (io_read_named(s->path, &s->text, SENDERS_MAX) == -1) {
		warnings_unread(s->warnings, errno, "%s: cannot be read",
		    s->path);
		buf_clear(&s->text);
	}
	buf_adds(&s->text, "");
	p = s->text.data;
	end = p + s->text.len;
	while ((p = sender_rule_next(p, end, &r)) != NULL)
		if (r.error != NULL)
			warnings_add(s->warnings, "%s:%u: '%.*s': %s; a line "
			    "is a pattern and an address, such as "
			    "'www-data web@example.com'", s->path, r.line,
			    (int)r.patternlen, r.pattern, r.error);
}

bool
senders_find(struct senders *s, const char *sender, bool local,
    struct sender_rule *r)
{
	const char *p, *end;

	if (s->path == NULL)
		return false;
	if (!s->read)
		read_file(s);
	p = s->text.data;
	end = p + s->text.len;
	*r = (struct sender_rule){ 0 };
	while ((p = sender_rule_next(p, end, r)) != NULL)
		if (r->error == NULL && sender_rule_matches(r, sender, local))
			return true;
	return false;
}
