#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

uint32_t
arc4random(void)
{
	uint32_t n;

	if (getentropy(&n, sizeof(n)) == -1)
		abort();
	return n;
}

/* Draws again below 2^32 mod bound, so that no value is likelier. */
uint32_t
arc4random_uniform(uint32_t bound)
{
	uint32_t n;

	if (bound < 2)
		return 0;
	do
		n = arc4random();
	while (n < -bound % bound);
	return n % bound;
}
