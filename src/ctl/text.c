#include <config.h>

#include "ctl/text.h"

#include <stdio.h>

#include "base/utf8.h"

void
text_print(const char *text, size_t len)
{
	size_t n;

	for (; len > 0; text += n, len -= n) {
		n = utf8_printable(text, len);
		if (n > 0)
			fwrite(text, 1, n, stdout);
		else
			putchar('?');
		n += n == 0;
	}
}
