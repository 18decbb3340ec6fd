#include <config.h>

#include "mail/recode.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mail/boundary.h"
#include "mail/entity.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "mail/quoted.h"
#include "mail/survey.h"
#include "mail/wrap.h"

enum {
	/* The headers of parts; what has a longer one is folded only. */
	PART_HEADER_MAX = 1024 * 1024,
	/* More than sendmail lets the header of a message have. */
	MESSAGE_HEADER_MAX = 32 * 1024 * 1024,
	/* Enough of a line to know a delimiter. */
	LINE_HELD = LINE_MAX_BYTES + 2,
};

/* What is done to the lines that come. */
enum state {
	HEADER,			/* collect them: they are a header */
	COPY,
	QUOTE,
	WRAP,
};

struct recode {
	enum recode_need need;
	const char *charset;
	enum state state;
	enum entity_place place;	/* of the header that is collected */
	struct buf header;
	size_t header_max;
	struct buf line;	/* not yet complete */
	bool in_line;		/* the rest of a line that was too long */
	struct boundaries boundaries;
	struct quoted quoted;
	struct wrap wrap;
	struct buf wrapped;	/* what it holds */
};

enum recode_need
recode_need(const struct entity *e, const struct survey *body, bool label)
{
	if (e->kind == ENTITY_SEALED)
		return RECODE_NOTHING;
	if (body->overlong)
		return RECODE_LINES;
	if (label && !e->mime && body->eightbit && survey_is_utf8(body))
		return RECODE_LABEL;
	return RECODE_NOTHING;
}

struct recode *
recode_new(enum recode_need need, const char *charset)
{
	struct recode *r = xcalloc(1, sizeof(*r));

	r->need = need;
	r->charset = charset;
	r->state = need == RECODE_NOTHING ? COPY : HEADER;
	r->place = ENTITY_IS_MESSAGE;
	r->header_max = MESSAGE_HEADER_MAX;
	buf_adds(&r->header, "");
	r->wrap.line = &r->wrapped;
	return r;
}

static void
collect(struct recode *r, enum entity_place place)
{
	r->state = HEADER;
	r->place = place;
	r->header_max = PART_HEADER_MAX;
	buf_clear(&r->header);
}

static void
wrap(struct recode *r, enum wrap_style style)
{
	r->state = WRAP;
	r->wrap.style = style;
}

/*
 * Writes the fields of the header; the one that names the encoding, if there
 * is one, says quoted-printable in its place.  Returns whether there was.
 */
static bool
write_encoded_header(struct recode *r, struct buf *out)
{
	const char *p = r->header.data, *end = p + r->header.len;
	bool found = false;
	struct field f;

	while ((p = header_next(p, end, &f)) != NULL) {
		if (!field_is(&f, "Content-Transfer-Encoding"))
			wrap_fold(out, f.start, f.len);
		else if (!found) {
			buf_add(out, f.name, f.namelen);
			buf_adds(out, ": quoted-printable\r\n");
			found = true;
		}
	}
	return found;
}

/* Adds the fields without which a message would not be read as MIME. */
static void
write_labels(struct recode *r, const struct entity *e, struct buf *out)
{
	if (r->place != ENTITY_IS_MESSAGE || e->version)
		return;
	buf_adds(out, "MIME-Version: 1.0\r\n");
	if (!e->mime)
		buf_printf(out, "Content-Type: text/plain; charset=%s\r\n",
		    r->charset);
}

static void
write_encoding(const char *name, struct buf *out)
{
	buf_printf(out, "Content-Transfer-Encoding: %s\r\n", name);
}

static void
label(struct recode *r, const struct entity *e, struct buf *out)
{
	buf_add(out, r->header.data, r->header.len);
	write_labels(r, e, out);
	write_encoding("8bit", out);
	r->state = COPY;
}

static void
encode(struct recode *r, const struct entity *e, struct buf *out)
{
	bool found = write_encoded_header(r, out);

	write_labels(r, e, out);
	if (!found)
		write_encoding("quoted-printable", out);
	r->quoted = (struct quoted){ .column = 0 };
	r->state = QUOTE;
}

/* Goes into a multipart.  One without a boundary has no parts to find. */
static void
enter(struct recode *r, const struct entity *e)
{
	struct buf boundary = { 0 };

	if (mime_parameter(e->parameters, e->parameters_end, "boundary",
	    &boundary))
		boundaries_push(&r->boundaries, boundary.data, boundary.len,
		    e->digest);
	buf_free(&boundary);
	wrap(r, WRAP_TEXT);
}

/* The header is complete and a body follows: decides what to do with it. */
static void
open_entity(struct recode *r, const struct entity *e, struct buf *out)
{
	if (e->kind == ENTITY_PLAIN) {
		encode(r, e, out);
		return;
	}
	wrap_fold(out, r->header.data, r->header.len);
	switch (e->kind) {
	case ENTITY_QUOTED:
		wrap(r, WRAP_QUOTED);
		break;
	case ENTITY_BASE64:
		wrap(r, WRAP_BASE64);
		break;
	case ENTITY_MULTIPART:
		enter(r, e);
		break;
	case ENTITY_MESSAGE:
		collect(r, ENTITY_IS_MESSAGE);
		break;
	default:
		wrap(r, WRAP_TEXT);
	}
}

/* separated: an empty line ended the header, and not the body itself. */
static void
end_header(struct recode *r, bool separated, struct buf *out)
{
	struct entity e;

	entity_read(r->header.data, r->header.data + r->header.len, r->place,
	    &e);
	if (e.kind == ENTITY_SEALED) {
		buf_add(out, r->header.data, r->header.len);
		r->state = COPY;
	} else {
		if (r->need == RECODE_LABEL)
			label(r, &e, out);
		else
			open_entity(r, &e, out);
		separated = true;
	}
	if (separated)
		buf_add(out, "\r\n", 2);
}

/* The header is complete and nothing follows. */
static void
end_without_body(struct recode *r, struct buf *out)
{
	struct entity e;

	entity_read(r->header.data, r->header.data + r->header.len, r->place,
	    &e);
	if (e.kind == ENTITY_SEALED)
		buf_add(out, r->header.data, r->header.len);
	else
		wrap_fold(out, r->header.data, r->header.len);
}

static void
add_body(struct recode *r, const char *data, size_t len, struct buf *out)
{
	switch (r->state) {
	case QUOTE:
		quoted_add(&r->quoted, data, len, out);
		break;
	case WRAP:
		wrap_add(&r->wrap, data, len, out);
		break;
	default:
		buf_add(out, data, len);
	}
}

static size_t
without_line_end(const struct buf *line)
{
	size_t len = line->len;

	if (len > 0 && line->data[len - 1] == '\n')
		len--;
	if (len > 0 && line->data[len - 1] == '\r')
		len--;
	return len;
}

/* A message in a mailbox may be attached with the line it has there. */
static bool
is_mbox_line(const struct recode *r)
{
	const char *line = r->line.data;

	return r->place == ENTITY_IS_MESSAGE && r->header.len == 0 &&
	    r->line.len <= LINE_HELD &&
	    (strncmp(line, "From ", 5) == 0 ||
	    strncmp(line, ">From ", 6) == 0);
}

static bool
is_header_line(const struct recode *r, enum header_line kind)
{
	return kind == HEADER_FIELD || is_mbox_line(r) ||
	    (kind == HEADER_FOLDED && r->header.len > 0);
}

/* Adds a line to the header or ends that; true if no body begins with it. */
static bool
add_to_header(struct recode *r, struct buf *out)
{
	enum header_line kind = header_line(r->line.data,
	    without_line_end(&r->line));

	if (!is_header_line(r, kind)) {
		end_header(r, kind == HEADER_END, out);
		return kind == HEADER_END;
	}
	if (r->header.len + r->line.len <= r->header_max) {
		buf_add(&r->header, r->line.data, r->line.len);
		return true;
	}
	wrap_fold(out, r->header.data, r->header.len);
	wrap(r, WRAP_TEXT);
	return false;
}

static void
end_part(struct recode *r, bool last, struct buf *out)
{
	const struct boundaries *all = &r->boundaries;

	if (r->state == HEADER)
		end_without_body(r, out);
	buf_add(out, r->line.data, r->line.len);
	if (last)
		wrap(r, WRAP_TEXT);
	else
		collect(r, all->stack[all->depth - 1].digest ?
		    ENTITY_IS_PART_OF_DIGEST : ENTITY_IS_PART);
}

static bool
take_delimiter(struct recode *r, struct buf *out)
{
	bool last;

	if (r->in_line || r->line.len > LINE_HELD ||
	    !boundaries_end(&r->boundaries, r->line.data,
	    without_line_end(&r->line), &last))
		return false;
	end_part(r, last, out);
	return true;
}

/* Takes a line, or as much of it as is looked at. */
static void
take_line(struct recode *r, struct buf *out)
{
	bool taken = take_delimiter(r, out);

	/* The body may be a message, and its header may begin here. */
	while (r->state == HEADER && !taken)
		taken = add_to_header(r, out);
	/* It may also be a multipart, and its first part. */
	if (!taken && !take_delimiter(r, out))
		add_body(r, r->line.data, r->line.len, out);
	buf_clear(&r->line);
}

/* Adds to the line what belongs to it of data, and takes it if it can. */
static size_t
add_line(struct recode *r, const char *data, size_t len, struct buf *out)
{
	const char *lf = memchr(data, '\n', len);
	size_t max = LINE_HELD;

	if (lf != NULL)
		len = (size_t)(lf - data) + 1;
	if (r->in_line) {
		add_body(r, data, len, out);
		r->in_line = lf == NULL;
		return len;
	}
	if (r->state == HEADER)
		max += r->header_max - r->header.len;
	if (len > max - r->line.len)
		len = max - r->line.len;
	buf_add(&r->line, data, len);
	r->in_line = r->line.len == max && data[len - 1] != '\n';
	if (data[len - 1] == '\n' || r->in_line)
		take_line(r, out);
	return len;
}

void
recode_add(struct recode *r, const char *data, size_t len, struct buf *out)
{
	size_t n;

	for (; len > 0; data += n, len -= n) {
		n = len;
		if (r->state == HEADER || r->boundaries.depth > 0)
			n = add_line(r, data, len, out);
		else
			add_body(r, data, len, out);
	}
}

void
recode_finish(struct recode *r, struct buf *out)
{
	if (r->line.len > 0) {
		buf_add(&r->line, "\r\n", 2);
		take_line(r, out);
	}
	if (r->state == HEADER)
		end_without_body(r, out);
	quoted_finish(&r->quoted, out);
	buf_add(out, r->wrapped.data, r->wrapped.len);
}

void
recode_free(struct recode *r)
{
	buf_free(&r->header);
	buf_free(&r->line);
	buf_free(&r->wrapped);
	free(r);
}
