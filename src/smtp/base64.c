#include <config.h>

#include "smtp/base64.h"

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

/* Decodes a group of which the first n characters are not padding. */
static int
decode_group(const char *p, size_t n, struct buf *out)
{
	uint32_t bits = 0;
	const char *at;

	for (size_t i = 0; i < 4; i++) {
		bits <<= 6;
		if (i >= n)
			continue;
		at = memchr(alphabet, p[i], sizeof(alphabet) - 1);
		if (at == NULL)
			return -1;
		bits |= (uint32_t)(at - alphabet);
	}
	if ((n == 2 && (bits & 0xffff) != 0) || (n == 3 && (bits & 0xff) != 0))
		return -1;
	for (size_t i = 0; i + 1 < n; i++)
		buf_addc(out, (char)(bits >> (16 - 8 * i) & 0xff));
	return 0;
}

int
base64_decode(const char *text, size_t len, struct buf *out)
{
	size_t n = 4;

	if (len % 4 != 0)
		return -1;
	for (; len > 0; text += 4, len -= 4) {
		if (len == 4 && text[3] == '=')
			n = text[2] == '=' ? 2 : 3;
		if (decode_group(text, n, out) == -1)
			return -1;
	}
	return 0;
}
