#include <config.h>

#include "mail/finding.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

enum { KINDS = 4, FIELDS = 4 };

static const char *const names[KINDS] = {
	[FINDING_OK] = "ok",
	[FINDING_NOTE] = "note",
	[FINDING_WARNING] = "warning",
	[FINDING_WRONG] = "wrong",
};

const char *
finding_name(enum finding_kind kind)
{
	return names[kind];
}

static void
add_field(const char *text, struct buf *out)
{
	size_t len = text != NULL ? strlen(text) : 0, n;

	buf_addc(out, '\t');
	for (; len > 0; text += n, len -= n) {
		n = utf8_printable(text, len);
		if (n > 0)
			buf_add(out, text, n);
		else
			buf_addc(out, '?');
		n += n == 0;
	}
}

void
finding_encode(const struct finding *f, struct buf *out)
{
	buf_adds(out, names[f->kind]);
	add_field(f->what, out);
	add_field(f->why, out);
	add_field(f->remedy, out);
	buf_addc(out, '\n');
}

int
finding_decode(struct finding *f, char *line)
{
	char *fields[FIELDS];
	int kind = 0;

	for (int i = 0; i < FIELDS; i++)
		if ((fields[i] = strsep(&line, "\t")) == NULL)
			return -1;
	while (kind < KINDS && strcmp(fields[0], names[kind]) != 0)
		kind++;
	if (line != NULL || kind == KINDS)
		return -1;
	*f = (struct finding){
		.kind = (enum finding_kind)kind,
		.what = fields[1],
		.why = fields[2],
		.remedy = fields[3],
	};
	return 0;
}
