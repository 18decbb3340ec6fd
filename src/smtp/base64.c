#include <config.h>

#include "smtp/base64.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Encodes one to three bytes as a group of four characters. */
static void
encode_group(const unsigned char *p, size_t n, struct buf *out)
{
	uint32_t bits = (uint32_t)p[0] << 16;

	if (n > 1)
		bits |= (uint32_t)p[1] << 8;
	if (n > 2)
		bits |= p[2];
	buf_addc(out, alphabet[bits >> 18]);
	buf_addc(out, alphabet[bits >> 12 & 63]);
	buf_addc(out, n > 1 ? alphabet[bits >> 6 & 63] : '=');
	buf_addc(out, n > 2 ? alphabet[bits & 63] : '=');
}

void
base64_encode(const void *data, size_t len, struct buf *out)
{
	const unsigned char *p = data;

	for (; len > 3; p += 3, len -= 3)
		encode_group(p, 3, out);
	if (len > 0)
		encode_group(p, len, out);
}

enum { INVALID = 0xff };

static void
fill(unsigned char *values)
{
	memset(values, INVALID, UCHAR_MAX + 1);
	for (unsigned char i = 0; i < 64; i++)
		values[(unsigned char)alphabet[i]] = i;
}

/* Decodes a group of which the first n characters are not padding. */
static int
decode_group(const unsigned char *values, const char *p, size_t n,
    unsigned char *out)
{
	uint32_t bits = 0;
	unsigned char value;

	for (size_t i = 0; i < 4; i++) {
		value = i < n ? values[(unsigned char)p[i]] : 0;
		if (value == INVALID)
			return -1;
		bits = bits << 6 | value;
	}
	if ((n == 2 && (bits & 0xffff) != 0) || (n == 3 && (bits & 0xff) != 0))
		return -1;
	for (size_t i = 0; i + 1 < n; i++)
		out[i] = (unsigned char)(bits >> (16 - 8 * i));
	return 0;
}

int
base64_decode(const char *text, size_t len, struct buf *out)
{
	unsigned char values[UCHAR_MAX + 1], *room;
	size_t n = 4, done = 0;

	if (len % 4 != 0)
		return -1;
	fill(values);
	room = (unsigned char *)buf_reserve(out, len / 4 * 3);
	for (; len > 0; text += 4, len -= 4) {
		if (len == 4 && text[3] == '=')
			n = text[2] == '=' ? 2 : 3;
		if (decode_group(values, text, n, room + done) == -1)
			return -1;
		done += n - 1;
	}
	buf_grew(out, done);
	return 0;
}
