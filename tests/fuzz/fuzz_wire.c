#include <config.h>

#include "../unit/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { CUTS = 4 };

/* After a byte of choices and the sizes of pieces the message. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct wire w = { .cuts = data + 1, .ncuts = CUTS };

	if (len < 1 + CUTS)
		return 0;
	w.data = data[0] & 1;
	w.dots = data[0] & 2;
	w.need = (enum recode_need)((data[0] >> 2) % 3);
	wire_check(&w, (const char *)data + 1 + CUTS, len - 1 - CUTS);
	return 0;
}
