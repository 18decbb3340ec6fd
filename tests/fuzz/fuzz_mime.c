#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/boundary.h"
#include "mail/entity.h"
#include "mail/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read of a type lies within it, and the type is what it says. */
static void
check_type(const char *p, const char *end)
{
	struct buf name = { 0 };
	struct mime_type t;

	if (mime_read_type(p, end, &t) == -1)
		return;
	assert(t.type >= p && t.typelen > 0);
	assert(t.subtype > t.type + t.typelen && t.subtypelen > 0);
	assert(t.rest == t.subtype + t.subtypelen && t.rest <= end);
	buf_add(&name, t.type, t.typelen);
	assert(mime_type_is(&t, name.data, NULL));
	buf_addc(&name, 'x');
	assert(!mime_type_is(&t, name.data, NULL));
	buf_free(&name);
}

/* A boundary that is found has no line end, and its delimiter is known. */
static void
check_boundary(const char *p, const char *end)
{
	static struct boundaries all;
	struct buf value = { 0 }, line = { 0 };
	bool last;

	all.depth = 0;
	if (!mime_parameter(p, end, "boundary", &value))
		return;
	assert(value.len <= (size_t)(end - p));
	buf_adds(&line, "--");
	buf_add(&line, value.data, value.len);
	if (boundaries_push(&all, value.data, value.len, false) == 0) {
		assert(memchr(value.data, '\n', value.len) == NULL);
		assert(memchr(value.data, '\r', value.len) == NULL);
		assert(boundaries_end(&all, line.data, line.len, &last));
		assert(!last && all.depth == 1);
		while (line.data[line.len - 1] == ' ' ||
		    line.data[line.len - 1] == '\t')
			line.len--;
		buf_adds(&line, "-- ");
		assert(boundaries_end(&all, line.data, line.len, &last));
		assert(last && all.depth == 0);
	}
	buf_free(&value);
	buf_free(&line);
}

static void
check_entity(const char *p, const char *end)
{
	struct entity e;

	for (int place = ENTITY_IS_MESSAGE;
	    place <= ENTITY_IS_PART_OF_DIGEST; place++) {
		entity_read(p, end, (enum entity_place)place, &e);
		assert(e.mime || !e.version);
		assert(!e.digest || e.kind == ENTITY_MULTIPART ||
		    e.kind == ENTITY_SEALED);
		assert(e.parameters == NULL || (e.parameters > p &&
		    e.parameters <= e.parameters_end &&
		    e.parameters_end <= end));
	}
}

/* The input is a value, and a header. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf text = { 0 };

	buf_add(&text, data, len);
	buf_remove(&text, '\0');
	check_type(text.data, text.data + text.len);
	check_boundary(text.data, text.data + text.len);
	(void)mime_read_encoding(text.data, text.data + text.len);
	check_entity(text.data, text.data + text.len);
	buf_free(&text);
	return 0;
}
