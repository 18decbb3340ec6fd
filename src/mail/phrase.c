#include <config.h>

#include "mail/phrase.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

enum {
	/* RFC 2047, section 2: a line of 76, with "From: =?utf-8?Q??=". */
	WORD_MAX = 76 - 18,
};

/* RFC 2047, section 5 (3): what may stand for itself in a phrase. */
static bool
is_plain(unsigned char c)
{
	return c < 128 && (isalnum(c) || (c != '\0' && strchr("!*+-/", c)));
}

static bool
is_atom_or_blank(unsigned char c)
{
	return c < 128 && (isalnum(c) ||
	    (c != '\0' && strchr(" !#$%&'*+-/=?^_`{|}~", c)));
}

static bool
is_utf8(const char *name, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n)
		if ((n = utf8_length(name + i, len - i)) == 0)
			return false;
	return true;
}

static void
encode_byte(struct buf *out, unsigned char c)
{
	if (c == ' ' || iscntrl(c))
		buf_addc(out, '_');
	else if (is_plain(c))
		buf_addc(out, (char)c);
	else
		buf_printf(out, "=%02X", c);
}

/* No character is split between two words: section 5 forbids it. */
static void
encode(struct buf *out, const char *name)
{
	size_t left = strlen(name);
	bool utf8 = is_utf8(name, left);
	const char *charset = utf8 ? "utf-8" : "unknown-8bit";
	size_t max = WORD_MAX - (utf8 ? 0 : strlen("unknown-8bit") - 5);
	size_t start, len;

	buf_printf(out, "=?%s?Q?", charset);
	for (start = out->len; left > 0; name += len, left -= len) {
		len = utf8 ? utf8_length(name, left) : 1;
		if (out->len - start + 3 * len > max) {
			buf_printf(out, "?=\r\n =?%s?Q?", charset);
			start = out->len;
		}
		for (size_t i = 0; i < len; i++)
			encode_byte(out, (unsigned char)name[i]);
	}
	buf_adds(out, "?=");
}

static void
quote(struct buf *out, const char *name)
{
	buf_addc(out, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			buf_addc(out, '\\');
		buf_addc(out, iscntrl((unsigned char)*name) ? ' ' : *name);
	}
	buf_addc(out, '"');
}

void
phrase_add(struct buf *out, const char *name)
{
	bool ascii = true, atoms = true;

	for (const char *p = name; *p != '\0'; p++) {
		ascii = ascii && (unsigned char)*p < 128;
		atoms = atoms && is_atom_or_blank((unsigned char)*p);
	}
	/* What looks like an encoded word must not be read as one. */
	if (!ascii || strstr(name, "=?") != NULL)
		encode(out, name);
	else if (atoms)
		buf_adds(out, name);
	else
		quote(out, name);
}
