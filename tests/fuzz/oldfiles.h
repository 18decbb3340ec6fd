#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The files of another program, one after the other, with \001 between. */
struct pieces {
	const char *p;
	const char *end;
};

static int
read_piece(void *arg, const char *path, struct buf *text)
{
	struct pieces *left = arg;
	size_t len = (size_t)(left->end - left->p);
	const char *next = len > 0 ? memchr(left->p, 1, len) : NULL;

	(void)path;
	if (left->p == NULL) {
		errno = ENOENT;
		return -1;
	}
	buf_add(text, left->p, next != NULL ? (size_t)(next - left->p) : len);
	left->p = next != NULL ? next + 1 : NULL;
	left->end = next != NULL ? left->end : NULL;
	return 0;
}

/*
 * Whatever stands in them, what is printed is a configuration without a
 * mistake, and nothing in it works a terminal.
 */
static void
check_import(const uint8_t *data, size_t len,
    void (*import)(struct imported *, const char *const files[2]))
{
	static const char *const files[2] = { "/one", "/two" };
	struct pieces left = { (const char *)data, (const char *)data + len };
	struct imported *im = imported_new("old", "host.example.com",
	    read_piece, &left);
	struct buf text = { 0 }, errors = { 0 };
	struct config *cfg;

	import(im, files);
	importcheck(im);
	imported_print(im, &text);
	for (size_t i = 0; i < text.len; i++)
		assert(!iscntrl((unsigned char)text.data[i]) ||
		    text.data[i] == '\n');
	cfg = conffile_parse("F", text.data, text.len, &errors);
	assert(errors.len == 0);
	config_free(cfg);
	buf_clear(&text);
	imported_list(im, &text);
	imported_free(im);
	buf_free(&text);
}
