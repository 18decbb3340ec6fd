#ifndef FLUSH_SLOTS_H
#define FLUSH_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent;
struct delivery;
struct item;

/*
 * The messages that are out with agents, or between two jobs.  The number of
 * a slot names the job in an agent's reports.  There are a few for each agent
 * at most, so they are looked through one by one.
 */
struct slots {
	struct delivery *items;
	size_t len;
};

/* A free one, made if need be: all pointers to others are void then. */
struct delivery *slots_take(struct slots *);
uint32_t slots_number(const struct slots *, const struct delivery *);

/* The delivery in a slot that this agent has, or NULL. */
struct delivery *slots_find(const struct slots *, const struct agent *,
    uint32_t number);

/* Any delivery that this agent has, or NULL. */
struct delivery *slots_of(const struct slots *, const struct agent *);

/* The delivery of this very message, or NULL. */
struct delivery *slots_holding(const struct slots *, const struct item *);

/* How many of them agents have. */
size_t slots_count(const struct slots *);

void slots_clear(struct slots *);

#endif
