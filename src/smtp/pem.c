#include <config.h>

#include "smtp/pem.h"

#include <string.h>

#include "base/buf.h"
#include "smtp/base64.h"

#define BEGIN	"-----BEGIN "
#define END	"-----END "
#define DASHES	"-----"

/* Takes a line; its length is without its end and blanks before that. */
static const char *
take_line(struct pem *p, size_t *len)
{
	const char *line = p->text, *lf = memchr(line, '\n', p->len);

	*len = lf != NULL ? (size_t)(lf - line) : p->len;
	p->text += lf != NULL ? *len + 1 : *len;
	p->len -= (size_t)(p->text - line);
	p->lines++;
	while (*len > 0 && (unsigned char)line[*len - 1] <= ' ')
		--*len;
	return line;
}

/* Whether a line is one that begins or ends a block; then sets its label. */
static bool
is_boundary(const char *line, size_t len, const char *start,
    const char **label, size_t *label_len)
{
	size_t head = strlen(start), tail = strlen(DASHES);

	if (len < head + tail || memcmp(line, start, head) != 0 ||
	    memcmp(line + len - tail, DASHES, tail) != 0)
		return false;
	*label = line + head;
	*label_len = len - head - tail;
	return true;
}

/* Finds the end of the block, or what there is before the next one begins. */
static void
take_body(struct pem *p)
{
	struct pem before;
	const char *line, *label;
	size_t len, label_len;

	p->body = p->text;
	p->complete = false;
	while (p->len > 0 && !p->complete) {
		before = *p;
		line = take_line(p, &len);
		p->body_len = (size_t)(line - p->body);
		if (is_boundary(line, len, BEGIN, &label, &label_len)) {
			*p = before;
			return;
		}
		p->complete = is_boundary(line, len, END, &label, &label_len) &&
		    label_len == p->label_len &&
		    memcmp(label, p->label, label_len) == 0;
	}
}

bool
pem_next(struct pem *p)
{
	const char *line;
	size_t len;

	while (p->len > 0) {
		line = take_line(p, &len);
		if (!is_boundary(line, len, BEGIN, &p->label, &p->label_len))
			continue;
		p->line = p->lines;
		p->body_len = 0;
		take_body(p);
		return true;
	}
	return false;
}

bool
pem_has_label(const struct pem *p, const char *label)
{
	return p->label_len == strlen(label) &&
	    memcmp(p->label, label, p->label_len) == 0;
}

int
pem_decode(const struct pem *p, struct buf *out)
{
	struct pem lines = { .text = p->body, .len = p->body_len };
	struct buf text = { 0 };
	const char *line;
	size_t len;
	int result;

	while (lines.len > 0) {
		line = take_line(&lines, &len);
		buf_add(&text, line, len);
	}
	buf_remove(&text, ' ');
	result = base64_decode(text.len > 0 ? text.data : "", text.len, out);
	buf_free(&text);
	return result;
}
