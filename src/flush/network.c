#include <config.h>

#include "flush/network.h"

#include <unistd.h>

void
network_set_watched(struct network *n, bool watched)
{
	if (watched == n->watched)
		return;
	n->watched = watched;
	if (watched) {
		n->fd = network_watch();
		return;
	}
	if (n->fd != -1)
		close(n->fd);
	n->fd = -1;
}

bool
network_has_news(struct network *n)
{
	return n->fd != -1 && network_news(n->fd);
}
