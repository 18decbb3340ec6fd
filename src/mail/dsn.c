#include <config.h>

#include "mail/dsn.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/utf8.h"

static const struct {
	const char *word;
	unsigned bit;
} notifies[] = {
	{ "NEVER", DSN_NEVER },
	{ "SUCCESS", DSN_SUCCESS },
	{ "FAILURE", DSN_FAILURE },
	{ "DELAY", DSN_DELAY },
};
enum { NNOTIFIES = sizeof(notifies) / sizeof(notifies[0]) };

static bool
is_word(const char *p, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(p, word, len) == 0;
}

static unsigned
notify_bit(const char *p, size_t len)
{
	for (size_t i = 0; i < NNOTIFIES; i++)
		if (is_word(p, len, notifies[i].word))
			return notifies[i].bit;
	return 0;
}

int
dsn_parse_notify(const char *p, size_t len, unsigned *notify)
{
	const char *end = p + len, *comma;
	unsigned bit, all = 0;

	for (;; p = comma + 1) {
		comma = memchr(p, ',', (size_t)(end - p));
		bit = notify_bit(p, (size_t)((comma != NULL ? comma : end) -
		    p));
		if (bit == 0)
			return -1;
		all |= bit;
		if (comma == NULL)
			break;
	}
	if ((all & DSN_NEVER) != 0 && len != strlen("NEVER"))
		return -1;
	*notify = all;
	return 0;
}

int
dsn_parse_ret(const char *p, size_t len, enum dsn_ret *ret)
{
	if (is_word(p, len, dsn_ret_name(DSN_RET_FULL)))
		*ret = DSN_RET_FULL;
	else if (is_word(p, len, dsn_ret_name(DSN_RET_HDRS)))
		*ret = DSN_RET_HDRS;
	else
		return -1;
	return 0;
}

void
dsn_print_notify(unsigned notify, struct buf *out)
{
	const char *comma = "";

	for (size_t i = 0; i < NNOTIFIES; i++)
		if ((notify & notifies[i].bit) != 0) {
			buf_printf(out, "%s%s", comma, notifies[i].word);
			comma = ",";
		}
}

const char *
dsn_ret_name(enum dsn_ret ret)
{
	switch (ret) {
	case DSN_RET_FULL:
		return "FULL";
	case DSN_RET_HDRS:
		return "HDRS";
	case DSN_RET_NONE:
		break;
	}
	return "";
}

static bool
is_graphic(char c)
{
	return c >= '!' && c <= '~';
}

/* An xchar of RFC 3461, section 4. */
static bool
is_xchar(char c)
{
	return is_graphic(c) && c != '+' && c != '=';
}

/* The value of an upper-case hexadecimal digit, or -1. */
static int
hex_digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/*
 * The length of what stands for one printable character; 0 if it is no xtext
 * or stands for another.
 */
static size_t
xtext_length(const char *p, size_t len)
{
	int high, low, c;

	if (is_xchar(*p))
		return 1;
	if (*p != '+' || len < 3)
		return 0;
	high = hex_digit(p[1]);
	low = hex_digit(p[2]);
	c = 16 * high + low;
	return high >= 0 && low >= 0 && c >= ' ' && c <= '~' ? 3 : 0;
}

static const char *
check_xtext(const char *p, size_t len, bool utf8)
{
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = xtext_length(p, len);
		if (n == 0 && utf8 && (unsigned char)*p > 0x7f)
			n = utf8_length(p, len);
		if (n == 0)
			return "it may have printable ASCII only, with "
			    "blank, + and = written as +20, +2B and +3D";
	}
	return NULL;
}

const char *
dsn_check_envid(const char *p, size_t len)
{
	if (len == 0)
		return "it is empty";
	if (len > DSN_ENVID_MAX)
		return "it is longer than 100 characters";
	return check_xtext(p, len, false);
}

/* How long the atom (RFC 822) is that text begins with. */
static size_t
atom_length(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && is_xchar(p[n]) &&
	    strchr("()<>@,;:\\\".[]", p[n]) == NULL)
		n++;
	return n;
}

const char *
dsn_check_orcpt(const char *p, size_t len)
{
	size_t type = atom_length(p, len);

	if (len > DSN_ORCPT_MAX)
		return "it is longer than 500 characters";
	if (type == 0 || type == len || p[type] != ';')
		return "it does not begin with an address type and ;";
	return check_xtext(p + type + 1, len - type - 1,
	    is_word(p, type, "utf-8"));
}

void
dsn_add_xtext(struct buf *out, const char *p, size_t len)
{
	for (; len > 0; p++, len--)
		if (is_xchar(*p))
			buf_addc(out, *p);
		else
			buf_printf(out, "+%02X", (unsigned)(unsigned char)*p);
}

void
dsn_add_decoded(struct buf *out, const char *p, size_t len)
{
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = xtext_length(p, len);
		if (n == 3)
			buf_addc(out, (char)(16 * hex_digit(p[1]) +
			    hex_digit(p[2])));
		else
			buf_add(out, p, n = 1);
	}
}

const char *
dsn_add_envid(struct buf *out, const char *text)
{
	struct buf envid = { 0 };
	const char *error;

	buf_adds(&envid, text);
	if (dsn_check_envid(text, envid.len) != NULL) {
		buf_clear(&envid);
		dsn_add_xtext(&envid, text, strlen(text));
	}
	error = dsn_check_envid(envid.data, envid.len);
	if (error == NULL)
		buf_adds(out, envid.data);
	buf_free(&envid);
	return error;
}

/* The code point of a UTF-8 character of 2 to 4 bytes. */
static unsigned
code_point(const char *p, size_t len)
{
	unsigned c = (unsigned char)*p & (0x7fU >> len);

	while (--len > 0)
		c = c << 6 | ((unsigned char)*++p & 0x3f);
	return c;
}

void
dsn_add_orcpt(struct buf *out, const char *orcpt)
{
	size_t left = strlen(orcpt), n;

	for (const char *p = orcpt; left > 0; p += n, left -= n) {
		n = utf8_length(p, left);
		if (n > 1)
			buf_printf(out, "\\x{%X}", code_point(p, n));
		else
			buf_add(out, p, n = 1);
	}
}
