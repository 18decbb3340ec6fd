#include <config.h>

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/alias.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Items stand on one line, one after the other, and never beyond the end. */
static void
check_items(struct alias_cursor *c)
{
	const char *before = c->p, *end = c->end;
	unsigned line = c->line;
	struct alias_item item;
	struct buf text = { 0 };

	while (alias_item_next(c, &item, &text)) {
		assert(c->p > before && c->p <= end);
		assert(item.line >= line && item.line <= c->line);
		assert(memchr(text.data, '\n', text.len) == NULL);
		assert(text.data[text.len] == '\0');
		assert(item.kind != ALIAS_COMMAND || text.data[0] == '|');
		assert(item.kind != ALIAS_FILE || text.data[0] == '/');
		assert(item.kind != ALIAS_ADDRESS || text.len > 0);
		before = c->p;
		line = item.line;
	}
	assert(c->p == end);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct alias_cursor c = {
		.p = text, .end = text + len, .line = 1, .list = true,
	};
	const char *before = text;
	struct buf name = { 0 };
	unsigned newlines = 1;
	struct alias a;

	check_items(&c);
	c = (struct alias_cursor){ .p = text, .end = text + len, .line = 1 };
	while (alias_next(&c, &a, &name)) {
		for (; before < c.p; before++)
			newlines += *before == '\n';
		assert(c.line == newlines && a.line >= 1 && a.line <= c.line);
		assert(memchr(name.data, '\n', name.len) == NULL);
		if (a.error != NULL)
			continue;
		assert(name.len > 0 && a.value.line == a.line);
		assert(a.value.p <= a.value.end && a.value.end <= c.p);
		check_items(&a.value);
	}
	assert(c.p == c.end);
	buf_free(&name);
	return 0;
}
