#include <config.h>

#include "mail/survey.h"

#include <string.h>

#include "base/utf8.h"
#include "mail/wrap.h"

/* Completes the character that the last piece ended in. */
static size_t
add_tail(struct survey *s, const char *data, size_t len)
{
	size_t used = 0;

	while (s->taillen > 0 && used < len) {
		s->tail[s->taillen++] = data[used++];
		if (utf8_length(s->tail, s->taillen) > 0)
			s->taillen = 0;
		else if (s->taillen == sizeof(s->tail)) {
			s->malformed = true;
			s->taillen = 0;
		}
	}
	return used;
}

static void
check_utf8(struct survey *s, const char *data, size_t len)
{
	size_t i = add_tail(s, data, len), n;

	for (; i < len && !s->malformed; i += n) {
		n = utf8_length(data + i, len - i);
		if (n > 0)
			continue;
		n = len - i;
		if (n < sizeof(s->tail)) {
			memcpy(s->tail, data + i, n);
			s->taillen = n;
		} else
			s->malformed = true;
	}
}

static void
check_lines(struct survey *s, const char *data, size_t len)
{
	const char *lf;
	size_t n;

	for (; len > 0 && !s->overlong; data += n, len -= n) {
		lf = memchr(data, '\n', len);
		n = lf == NULL ? len : (size_t)(lf - data) + 1;
		s->column += n;
		/* The CR and the LF were counted too. */
		s->overlong = s->column > LINE_MAX_BYTES + 2;
		if (lf != NULL)
			s->column = 0;
	}
}

void
survey_add(struct survey *s, const char *data, size_t len)
{
	unsigned char bits = 0;

	for (size_t i = 0; i < len; i++)
		bits |= (unsigned char)data[i];
	if (bits & 0x80)
		s->eightbit = true;
	if (s->taillen > 0 || bits & 0x80)
		check_utf8(s, data, len);
	check_lines(s, data, len);
}

bool
survey_is_utf8(const struct survey *s)
{
	return !s->malformed && s->taillen == 0;
}

const char *
survey_charset(const struct survey *s)
{
	if (!s->eightbit)
		return "us-ascii";
	return survey_is_utf8(s) ? "utf-8" : "unknown-8bit";
}
