#include <config.h>

#include "mail/dotted.h"

#include <string.h>

#include "base/buf.h"

void
dotted_init(struct dotted *d, bool lf)
{
	*d = (struct dotted){ .lf = lf };
}

/* Appends text up to the end of its line and returns where that is. */
static const char *
add_text(struct dotted *d, const char *p, const char *end, struct buf *out)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));
	const char *stop = lf != NULL ? lf + 1 : end;
	bool cr = lf != NULL && lf > p ? lf[-1] == '\r' :
	    d->state == DOTTED_CR;

	buf_add(out, p, (size_t)(stop - p));
	if (lf == NULL)
		d->state = end[-1] == '\r' ? DOTTED_CR : DOTTED_TEXT;
	else
		d->state = cr || d->lf ? DOTTED_LINE : DOTTED_TEXT;
	return stop;
}

/*
 * A line begins with a dot, and maybe CR, which are not in out yet.  Returns
 * where to go on: behind the byte at p, if the dot may still be all there is.
 */
static const char *
add_dotted(struct dotted *d, const char *p, struct buf *out)
{
	bool cr = d->state == DOTTED_DOT_CR;

	if (*p == '\n' && (cr || d->lf)) {
		d->ended = true;
		return p + 1;
	}
	if (*p == '\r' && !cr) {
		d->state = DOTTED_DOT_CR;
		return p + 1;
	}
	if (cr)
		buf_addc(out, '\r');
	d->state = DOTTED_TEXT;
	return p;
}

size_t
dotted_add(struct dotted *d, const char *data, size_t len, struct buf *out)
{
	const char *p = data;
	const char *end = data + len;

	while (p < end && !d->ended) {
		switch (d->state) {
		case DOTTED_LINE:
			if (*p == '.') {
				d->state = DOTTED_DOT;
				p++;
				break;
			}
			/* FALLTHROUGH */
		case DOTTED_TEXT:
		case DOTTED_CR:
			p = add_text(d, p, end, out);
			break;
		case DOTTED_DOT:
		case DOTTED_DOT_CR:
			p = add_dotted(d, p, out);
			break;
		}
	}
	return (size_t)(p - data);
}
