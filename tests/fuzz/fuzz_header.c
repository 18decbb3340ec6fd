#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/canon.h"
#include "mail/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Where the header of a canonical message ends, and how many fields it has. */
static const char *
header_end(const char *p, const char *end, size_t *fields)
{
	for (*fields = 0; p < end;) {
		const char *cr = memchr(p, '\r', (size_t)(end - p));
		enum header_line kind = header_line(p, (size_t)(cr - p));

		if (kind == HEADER_FIELD)
			++*fields;
		else if (kind != HEADER_FOLDED || *fields == 0)
			break;
		p = cr + 2;
	}
	return p;
}

/* The walk covers the header, field by field, and each field its parts. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf text = { 0 };
	const char *p, *next, *end;
	struct canon c;
	struct field f;
	size_t fields;

	canon_init(&c, false);
	canon_add(&c, (const char *)data, len, &text);
	canon_finish(&c, &text);
	buf_remove(&text, '\0');
	buf_adds(&text, "");
	p = text.data;
	end = header_end(p, p + text.len, &fields);
	for (; (next = header_next(p, end, &f)) != NULL; p = next, fields--) {
		assert(f.start == p && f.start + f.len == next);
		assert(f.name == p && f.namelen > 0);
		assert(f.value > f.name + f.namelen && f.value[-1] == ':');
		assert(memcmp(f.value + f.valuelen, "\r\n", 2) == 0);
		assert(f.value + f.valuelen + 2 == next);
		assert(header_line(p, f.len - 2) == HEADER_FIELD);
		for (size_t i = 0; i < f.namelen; i++)
			assert(f.name[i] > ' ' && f.name[i] < 127);
		(void)field_is_blank(&f);
	}
	assert(p == end && fields == 0);
	/* Any other text must do no harm. */
	for (p = text.data, end = p + text.len; p < end; p = next) {
		next = header_next(p, end, &f);
		assert(next > p && f.value + f.valuelen <= next);
	}
	buf_free(&text);
	return 0;
}
