#include <config.h>

#include "base/json.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { CLOSE = 3 };	/* "}", a newline and NUL */

size_t
json_character(char out[JSON_CHARACTER], const char *text, size_t len)
{
	size_t n = utf8_length(text, len);
	unsigned int last;

	if (n == 0) {
		snprintf(out, JSON_CHARACTER, "\\ufffd");
		return 1;
	}
	last = (unsigned char)text[n - 1];
	if (utf8_printable(text, len) == 0)
		/* Of three bytes there are U+2028 and U+2029 only. */
		snprintf(out, JSON_CHARACTER, "\\u%04x",
		    n == 3 ? 0x2000 | (last & 0x3f) : last);
	else if (*text == '"' || *text == '\\')
		snprintf(out, JSON_CHARACTER, "\\%c", *text);
	else
		snprintf(out, JSON_CHARACTER, "%.*s", (int)n, text);
	return n;
}

struct json
json_open(char *data, size_t size)
{
	data[0] = '{';
	return (struct json){ .data = data, .size = size, .len = 1 };
}

/* Whether there is still room for the close behind n bytes. */
static bool
fits(const struct json *j, size_t n)
{
	return j->len + n + CLOSE <= j->size;
}

static void
add(struct json *j, const char *text, size_t len)
{
	memcpy(j->data + j->len, text, len);
	j->len += len;
}

/* The comma and the name; whether they fit, and n bytes of a value. */
static bool
begin(struct json *j, const char *name, size_t n)
{
	const char *comma = j->len > 1 ? "," : "";

	if (!fits(j, strlen(comma) + strlen(name) + 3 + n))
		return false;
	j->len += (size_t)snprintf(j->data + j->len, j->size - j->len,
	    "%s\"%s\":", comma, name);
	return true;
}

void
json_string(struct json *j, const char *name, const char *value)
{
	size_t left = strlen(value), n;
	char out[JSON_CHARACTER];

	if (!begin(j, name, 2))
		return;
	add(j, "\"", 1);
	for (; left > 0; value += n, left -= n) {
		n = json_character(out, value, left);
		if (!fits(j, strlen(out) + 1))
			break;
		add(j, out, strlen(out));
	}
	add(j, "\"", 1);
}

void
json_number(struct json *j, const char *name, const char *value)
{
	if (begin(j, name, strlen(value)))
		add(j, value, strlen(value));
}

size_t
json_close(struct json *j)
{
	add(j, "}\n", CLOSE);
	return j->len - 1;
}
