#ifndef FLUSH_POOL_H
#define FLUSH_POOL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent;
struct growth;
struct metrics;
struct pollfd;
struct smarthost;
struct transit;

enum { POOL_AGENTS = 100 };	/* as many as connections may be */

/* The agents at work, and how many there are. */
struct pool {
	const char *config;	/* the file, for the agents; may be NULL */
	struct transit *transit;
	struct smarthost *smarthost;
	struct metrics *metrics;
	struct agent *agents;	/* POOL_AGENTS of them */
	struct growth *growth;
	bool one_by_one;	/* the smarthost has fallen out of step */
};

void pool_init(struct pool *);
void pool_free(struct pool *);

/*
 * Hands out what is due at this time, in seconds since the epoch, and starts
 * an agent when that is worth it.  Only a part at a time: it is to be called
 * again at the time that the other says, on the monotonic clock in ms, when a
 * message is due that can be sent then; INT64_MAX: when something happens.
 */
void pool_dispatch(struct pool *, int64_t now);
int64_t pool_next(const struct pool *, int64_t clock);

/* Fills in what to wait for: the number of descriptors, POOL_AGENTS at most. */
size_t pool_poll(const struct pool *, struct pollfd *);

/* Takes the reports of all agents, and forgets those that have exited. */
void pool_receive(struct pool *);

/* What was learned of the smarthost is forgotten: it may be another. */
void pool_forget(struct pool *);

/* Asks all agents to leave when they have done what they have. */
void pool_retire(struct pool *);

/* Ends them at once; what they had goes back to the queue. */
void pool_kill(struct pool *);

size_t pool_agents(const struct pool *);

/* Whether this process is one of them. */
bool pool_has(const struct pool *, pid_t);

/* Whether an agent has not said yet that its session works. */
bool pool_is_starting(const struct pool *);

#endif
