#include <config.h>

#include "smtp/addresses.h"

#include <sys/socket.h>

#include <netdb.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"

void
addresses_print(const struct addrinfo *ai, struct buf *out)
{
	char text[NI_MAXHOST];

	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, text, sizeof(text), NULL,
	    0, NI_NUMERICHOST) == 0)
		buf_adds(out, text);
}

/* The next one that counts, of a family or, with other, of any but it. */
static const struct addrinfo *
next_of(const struct addrinfo *ai, int only, int family, bool other)
{
	while (ai != NULL && ((only != AF_UNSPEC && ai->ai_family != only) ||
	    (ai->ai_family != family) != other))
		ai = ai->ai_next;
	return ai;
}

static bool
is_same(const struct addrinfo *ai, const char *text)
{
	struct buf own = { 0 };
	bool same;

	addresses_print(ai, &own);
	same = own.len > 0 && strcmp(own.data, text) == 0;
	buf_free(&own);
	return same;
}

/* Moves the address to the front; the others keep their order. */
static void
put_first(const struct addrinfo **order, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		const struct addrinfo *found = order[i];

		if (!is_same(found, text))
			continue;
		memmove(order + 1, order, i * sizeof(*order));
		order[0] = found;
		return;
	}
}

size_t
addresses_order(const struct addrinfo *list, int only, const char *first,
    const struct addrinfo ***order)
{
	const struct addrinfo *turns[2];
	size_t n = 0, count = 0;
	int family;

	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
		count++;
	*order = xcalloc(count + 1, sizeof(**order));
	family = only != AF_UNSPEC || count == 0 ? only : list->ai_family;
	turns[0] = next_of(list, only, family, false);
	turns[1] = next_of(list, only, family, true);
	for (bool other = false; turns[0] != NULL || turns[1] != NULL;
	    other = !other) {
		if (turns[other] == NULL)
			continue;
		(*order)[n++] = turns[other];
		turns[other] = next_of(turns[other]->ai_next, only, family,
		    other);
	}
	if (first != NULL)
		put_first(*order, n, first);
	return n;
}
