#ifndef FLUSH_NETWORK_H
#define FLUSH_NETWORK_H

#include <stdbool.h>

/*
 * Whether an address or a route has come to this machine, as far as the
 * system tells (compat.h); where it does not, there is no news.
 */
struct network {
	bool watched;
	int fd;			/* to be polled; -1: nothing to poll */
};

/* Begins or ends watching, which costs something on a busy router. */
void network_set_watched(struct network *, bool);

/* Whether something has come since the last time. */
bool network_has_news(struct network *);

#endif
