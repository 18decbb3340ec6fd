#include <config.h>

#include "base/number.h"

#include <string.h>

/* The value of a digit, or one that no base has. */
static unsigned
digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 99;
}

int
number_parse(const char *s, size_t len, unsigned base, uint64_t max,
    uint64_t *value)
{
	uint64_t n = 0;

	if (len == 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		unsigned d = digit(s[i]);

		if (d >= base || d > max || n > (max - d) / base)
			return -1;
		n = n * base + d;
	}
	*value = n;
	return 0;
}

int
number_word(char **rest, uint64_t max, uint64_t *value)
{
	char *word = strsep(rest, " ");

	if (word == NULL)
		return -1;
	return number_parse(word, strlen(word), 10, max, value);
}
