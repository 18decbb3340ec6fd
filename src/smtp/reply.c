#include <config.h>

#include "smtp/reply.h"

#include <string.h>

enum { CODE_LENGTH = 3 };

static bool
is_digit(char c, char first, char last)
{
	return c >= first && c <= last;
}

/* The code that the line begins with, or -1.  SMTP has no 1yz replies. */
static int
parse_code(const char *line, size_t len)
{
	if (len < CODE_LENGTH || !is_digit(line[0], '2', '5') ||
	    !is_digit(line[1], '0', '9') || !is_digit(line[2], '0', '9'))
		return -1;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

void
reply_init(struct reply *r)
{
	r->code = 0;
	r->nlines = 0;
	r->len = 0;
	r->text[0] = '\0';
}

static int
add_text(struct reply *r, const char *text, size_t len)
{
	if (r->nlines >= REPLY_LINES || len + 2 > sizeof(r->text) - r->len)
		return -1;
	if (r->nlines++ > 0)
		r->text[r->len++] = '\n';
	memcpy(r->text + r->len, text, len);
	r->len += len;
	r->text[r->len] = '\0';
	return 0;
}

enum reply_state
reply_add(struct reply *r, const char *line, size_t len)
{
	int code = parse_code(line, len);
	char mark = len > CODE_LENGTH ? line[CODE_LENGTH] : ' ';
	size_t text = len > CODE_LENGTH ? CODE_LENGTH + 1 : CODE_LENGTH;

	if (code == -1 || (mark != ' ' && mark != '-'))
		return REPLY_MALFORMED;
	if (r->nlines > 0 && code != r->code)
		return REPLY_MALFORMED;
	if (memchr(line, '\n', len) != NULL || memchr(line, '\0', len) != NULL)
		return REPLY_MALFORMED;
	r->code = code;
	if (add_text(r, line + text, len - text) == -1)
		return REPLY_MALFORMED;
	return mark == '-' ? REPLY_INCOMPLETE : REPLY_COMPLETE;
}

bool
reply_is_harmless(const char *lines, size_t len)
{
	const char *end = lines + len, *next;
	int code;

	for (; lines < end; lines = next) {
		next = memchr(lines, '\n', (size_t)(end - lines));
		next = next != NULL ? next + 1 : end;
		code = parse_code(lines, (size_t)(next - lines));
		if (code / 100 != 2 && code != 421)
			return false;
	}
	return true;
}

void
reply_join(struct reply *r)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->text[i] == '\n')
			r->text[i] = ' ';
}
