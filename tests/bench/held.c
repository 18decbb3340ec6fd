#include <config.h>

#include "held.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t
held_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
held_push(struct held *held, const char *data, size_t len, int64_t due)
{
	struct piece *piece;

	piece = malloc(sizeof(*piece) + len);
	if (piece == NULL)
		err(1, "malloc");
	piece->next = NULL;
	piece->due = due;
	piece->len = len;
	piece->off = 0;
	memcpy(piece->data, data, len);
	if (held->tail == NULL)
		held->head = piece;
	else
		held->tail->next = piece;
	held->tail = piece;
	held->bytes += len;
}

void
held_drop(struct held *held)
{
	struct piece *piece = held->head;

	held->head = piece->next;
	if (held->head == NULL)
		held->tail = NULL;
	held->bytes -= piece->len;
	free(piece);
}

int64_t
held_next(const struct held *held, int64_t next)
{
	if (held->head == NULL || (next != -1 && next <= held->head->due))
		return next;
	return held->head->due;
}
