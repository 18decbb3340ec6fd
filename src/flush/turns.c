#include <config.h>

#include "flush/turns.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "flush/item.h"

enum { LINE_FIRST = 4 };

/* The items of a user: from first on, up to end. */
struct line {
	uid_t uid;
	struct item *items;
	size_t first;
	size_t end;
	size_t size;
};

/* The index of the first line whose user is not before this one. */
static size_t
find(const struct turns *t, uid_t uid)
{
	size_t low = 0, high = t->nlines, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (t->lines[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
open_line(struct turns *t, size_t i, uid_t uid)
{
	if (t->nlines == t->size) {
		t->size = t->size == 0 ? LINE_FIRST : 2 * t->size;
		t->lines = xreallocarray(t->lines, t->size,
		    sizeof(*t->lines));
	}
	memmove(&t->lines[i + 1], &t->lines[i],
	    (t->nlines++ - i) * sizeof(*t->lines));
	t->lines[i] = (struct line){ .uid = uid };
}

static void
close_line(struct turns *t, size_t i)
{
	free(t->lines[i].items);
	memmove(&t->lines[i], &t->lines[i + 1],
	    (--t->nlines - i) * sizeof(*t->lines));
}

/* Moves what is left to the front and makes room for half as much again. */
static void
make_room(struct line *l)
{
	size_t len = l->end - l->first;

	if (len > 0)
		memmove(l->items, l->items + l->first,
		    len * sizeof(*l->items));
	l->size = len + len / 2 + LINE_FIRST;
	l->items = xreallocarray(l->items, l->size, sizeof(*l->items));
	l->first = 0;
	l->end = len;
}

/* The line of a user, with room for one more at its end. */
static struct line *
line_of(struct turns *t, uid_t uid)
{
	size_t i = find(t, uid);
	struct line *l;

	if (i == t->nlines || t->lines[i].uid != uid)
		open_line(t, i, uid);
	l = &t->lines[i];
	if (l->end == l->size)
		make_room(l);
	return l;
}

void
turns_add(struct turns *t, uid_t uid, const struct item *item)
{
	struct line *l = line_of(t, uid);

	l->items[l->end++] = *item;
	t->len++;
}

void
turns_put_first(struct turns *t, uid_t uid, const struct item *item)
{
	struct line *l = line_of(t, uid);

	if (l->first == 0) {
		memmove(l->items + 1, l->items, l->end * sizeof(*l->items));
		l->first++;
		l->end++;
	}
	l->items[--l->first] = *item;
	t->len++;
}

bool
turns_take(struct turns *t, struct item *item)
{
	struct line *l;
	size_t i;

	if (t->nlines == 0)
		return false;
	i = t->last == (uid_t)-1 ? t->nlines : find(t, t->last + 1);
	if (i == t->nlines)
		i = 0;
	l = &t->lines[i];
	t->last = l->uid;
	t->len--;
	*item = l->items[l->first++];
	if (l->first == l->end)
		close_line(t, i);
	else if (l->first > l->size / 2)
		make_room(l);
	return true;
}

void
turns_clear(struct turns *t)
{
	for (size_t i = 0; i < t->nlines; i++)
		free(t->lines[i].items);
	free(t->lines);
	*t = (struct turns){ .last = t->last };
}
