#include <config.h>

#include "flush/slots.h"

#include <stdlib.h>

#include "base/xmalloc.h"
#include "flush/delivery.h"
#include "flush/item.h"

struct delivery *
slots_take(struct slots *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->items[i].message == NULL)
			return &s->items[i];
	s->items = xreallocarray(s->items, s->len + 1, sizeof(*s->items));
	s->items[s->len] = (struct delivery){ 0 };
	return &s->items[s->len++];
}

uint32_t
slots_number(const struct slots *s, const struct delivery *d)
{
	return (uint32_t)(d - s->items);
}

struct delivery *
slots_find(const struct slots *s, const struct agent *a, uint32_t number)
{
	if (number >= s->len || s->items[number].message == NULL ||
	    s->items[number].agent != a)
		return NULL;
	return &s->items[number];
}

struct delivery *
slots_of(const struct slots *s, const struct agent *a)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->items[i].message != NULL && s->items[i].agent == a)
			return &s->items[i];
	return NULL;
}

struct delivery *
slots_holding(const struct slots *s, const struct item *item)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->items[i].message != NULL &&
		    s->items[i].item->arrival == item->arrival)
			return &s->items[i];
	return NULL;
}

size_t
slots_count(const struct slots *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->len; i++)
		n += s->items[i].message != NULL && s->items[i].agent != NULL;
	return n;
}

void
slots_clear(struct slots *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->items[i].message != NULL)
			delivery_drop(&s->items[i]);
	free(s->items);
	*s = (struct slots){ 0 };
}
