#include <config.h>

#ifdef __x86_64__
#include <emmintrin.h>
#include <wmmintrin.h>
#endif

/*
 * As compat.h says, by the way of V. Gopal and others, "Fast CRC Computation
 * for Generic Polynomials Using PCLMULQDQ Instruction" (Intel, 2009): bytes
 * are a polynomial over GF(2), and what stands n bits before others can be
 * multiplied by x^n modulo that of the CRC and added to them, without a change
 * to the remainder of it all.
 */
#ifdef __x86_64__

#define TARGET	__attribute__((__target__("pclmul")))

enum {
	LANES = 4,			/* multiplied at the same time */
	LANE = CRC32_FOLDED,		/* bytes */
	BLOCK = LANES * LANE,
};

TARGET static __m128i
load(const unsigned char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* Adds x, times x^n by its halves, to what stands n bits behind it. */
TARGET static __m128i
fold(__m128i x, __m128i powers, __m128i behind)
{
	__m128i low = _mm_clmulepi64_si128(x, powers, 0x00);
	__m128i high = _mm_clmulepi64_si128(x, powers, 0x11);

	return _mm_xor_si128(_mm_xor_si128(low, high), behind);
}

/* The powers are x^(n + 32) and x^(n - 32), bit-reversed. */
TARGET static size_t
fold_blocks(uint32_t crc, const unsigned char *p, size_t len,
    unsigned char folded[CRC32_FOLDED])
{
	const __m128i block = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
	const __m128i lane = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i x[LANES];
	size_t done = BLOCK;

	for (int i = 0; i < LANES; i++)
		x[i] = load(p + i * LANE);
	x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)crc));
	for (; len - done >= BLOCK; done += BLOCK)
		for (int i = 0; i < LANES; i++)
			x[i] = fold(x[i], block, load(p + done + i * LANE));
	for (int i = 1; i < LANES; i++)
		x[i] = fold(x[i - 1], lane, x[i]);
	_mm_storeu_si128((__m128i *)(void *)folded, x[LANES - 1]);
	return done;
}

size_t
crc32_fold(uint32_t crc, const unsigned char *p, size_t len,
    unsigned char folded[CRC32_FOLDED])
{
	return len < BLOCK || !__builtin_cpu_supports("pclmul") ? 0 :
	    fold_blocks(crc, p, len, folded);
}
#else
size_t
crc32_fold(uint32_t crc, const unsigned char *p, size_t len,
    unsigned char folded[CRC32_FOLDED])
{
	(void)crc;
	(void)p;
	(void)len;
	(void)folded;
	return 0;
}
#endif
