#include <config.h>

#include "ctl/history.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "spool/entry.h"

/* Nobody reads more about one message. */
enum { LINES_MAX = 16 * 1024 * 1024 };

static int
compare(const void *va, const void *vb)
{
	const struct history_item *a = va, *b = vb;

	return a->arrival < b->arrival ? -1 : a->arrival > b->arrival;
}

static struct history_item *
find(const struct history *h, uint64_t arrival)
{
	struct history_item key = { .arrival = arrival };

	return h->len == 0 ? NULL : bsearch(&key, h->items, h->len,
	    sizeof(key), compare);
}

/* Keeps each once. */
static void
sort(struct history *h)
{
	size_t kept = 0;

	if (h->len > 0)
		qsort(h->items, h->len, sizeof(*h->items), compare);
	for (size_t i = 0; i < h->len; i++)
		if (kept == 0 || compare(&h->items[kept - 1],
		    &h->items[i]) != 0)
			h->items[kept++].arrival = h->items[i].arrival;
	h->len = kept;
}

void
history_init(struct history *h, char **ids)
{
	struct entry entry;
	size_t n = 0;

	*h = (struct history){ 0 };
	while (ids[n] != NULL)
		n++;
	h->items = xcalloc(n + 1, sizeof(*h->items));
	for (size_t i = 0; i < n; i++)
		if (entry_parse(&entry, ids[i]) == 0 && entry.next == -1)
			h->items[h->len++].arrival = entry.arrival;
	sort(h);
	for (size_t i = 0; i < h->len; i++)
		h->items[i].lines = xcalloc(1, sizeof(*h->items[i].lines));
}

static void
add(struct history_item *item, const char *line)
{
	size_t len = strcspn(line, "\n");

	if (item->known || item->lines->len + len > LINES_MAX)
		return;
	buf_add(item->lines, line, len);
	buf_addc(item->lines, '\n');
}

/* The message that these digits name, or NULL. */
static struct history_item *
named(const struct history *h, const char *digits)
{
	char id[ENTRY_ID_SIZE];
	struct entry entry;

	strlcpy(id, digits, sizeof(id));
	return entry_parse(&entry, id) == 0 ? find(h, entry.arrival) : NULL;
}

/* An ID stands alone, so that no other number is taken for one. */
void
history_line(struct history *h, const char *line)
{
	struct history_item *item, *last = NULL;
	char before = ' ';
	size_t n;

	for (const char *p = line; *p != '\0'; before = p[-1]) {
		n = strspn(p, "0123456789ABCDEF");
		if (n == ENTRY_ID && !isalnum((unsigned char)before) &&
		    !isalnum((unsigned char)p[n]) &&
		    (item = named(h, p)) != NULL && item != last) {
			add(item, line);
			last = item;
		}
		p += n > 0 ? n : 1;
	}
}

bool
history_end(struct history *h)
{
	bool others = false;

	for (size_t i = 0; i < h->len; i++) {
		h->items[i].known = h->items[i].lines->len > 0;
		others = others || !h->items[i].known;
	}
	return others;
}

const char *
history_of(const struct history *h, uint64_t arrival)
{
	const struct history_item *item = find(h, arrival);

	return item != NULL && item->lines->len > 0 ? item->lines->data : NULL;
}

void
history_free(struct history *h)
{
	for (size_t i = 0; i < h->len; i++) {
		buf_free(h->items[i].lines);
		free(h->items[i].lines);
	}
	free(h->items);
	*h = (struct history){ 0 };
}
