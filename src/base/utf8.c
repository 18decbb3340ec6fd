#include <config.h>

#include "base/utf8.h"

#include <stdint.h>

size_t
utf8_length(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t value = *p & (0x7fU >> n);

	if (n == 1)
		return 1;
	if (*p < 0xc0 || *p > 0xf4 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (p[i] & 0x3fU);
	}
	if (value < least[n] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	return n;
}

size_t
utf8_printable(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = utf8_length(text, len);

	if (n == 1 && (*p < ' ' || *p == 0x7f))
		return 0;
	if (n == 2 && *p == 0xc2 && p[1] < 0xa0)
		return 0;
	if (n == 3 && *p == 0xe2 && p[1] == 0x80 && (p[2] & 0xfe) == 0xa8)
		return 0;
	return n;
}

bool
utf8_is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text > 0x7f)
			return false;
	return true;
}
