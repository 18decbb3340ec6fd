#include <config.h>

#include "base/crc32.h"

enum {
	POLYNOMIAL = (int)0xedb88320,	/* bit-reversed */
	SLICES = 8,			/* bytes per step: 5 times one by one */
};

/* table[n][b]: the CRC of byte b followed by n zero bytes. */
static uint32_t table[SLICES][256];

static void
make_table(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^
			    (crc & 1 ? (uint32_t)POLYNOMIAL : 0);
		table[0][byte] = crc;
	}
	for (int n = 1; n < SLICES; n++)
		for (int byte = 0; byte < 256; byte++)
			table[n][byte] = table[n - 1][byte] >> 8 ^
			    table[0][table[n - 1][byte] & 0xff];
}

/* Eight bytes at once, read one by one so that no byte order is assumed. */
static uint32_t
add_slices(uint32_t crc, const unsigned char *p)
{
	crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
	return table[7][crc & 0xff] ^ table[6][crc >> 8 & 0xff] ^
	    table[5][crc >> 16 & 0xff] ^ table[4][crc >> 24] ^
	    table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
}

static uint32_t
add(uint32_t crc, const unsigned char *p, size_t len)
{
	for (; len >= SLICES; p += SLICES, len -= SLICES)
		crc = add_slices(crc, p);
	for (; len > 0; p++, len--)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return crc;
}

uint32_t
crc32_add(uint32_t crc, const void *data, size_t len)
{
	const unsigned char *p = data;
	unsigned char folded[CRC32_FOLDED];
	size_t n;

	if (table[0][1] == 0)
		make_table();
	crc = ~crc;
	n = crc32_fold(crc, p, len, folded);
	if (n > 0)
		crc = add(0, folded, sizeof(folded));
	return ~add(crc, p + n, len - n);
}
