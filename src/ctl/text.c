#include <config.h>

#include "ctl/text.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Controls among these stand as they are. */
static void
print(const char *text, size_t len, const char *kept)
{
	size_t n;

	for (; len > 0; text += n, len -= n) {
		n = utf8_printable(text, len);
		if (n > 0) {
			fwrite(text, 1, n, stdout);
			continue;
		}
		n = 1;
		if (*text != '\0' && strchr(kept, *text) != NULL)
			putchar(*text);
		else
			putchar('?');
	}
}

void
text_print(const char *text, size_t len)
{
	print(text, len, "");
}

void
text_print_lines(const char *text, size_t len)
{
	const char *end;
	size_t n;

	for (; len > 0; text += n, len -= n) {
		end = memchr(text, '\n', len);
		n = end != NULL ? (size_t)(end - text) + 1 : len;
		if (n > 1 && end != NULL && end[-1] == '\r') {
			print(text, n - 2, "\t");
			putchar('\n');
		} else
			print(text, n, "\t\n");
	}
}
