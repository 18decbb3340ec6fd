#ifndef CTL_CHANGE_H
#define CTL_CHANGE_H

#include <stdbool.h>

struct listed;
struct selection;

/* A verb that changes messages. */
struct change {
	bool states;		/* it takes --state (selection.h) */
	unsigned all;		/* what ALL means (each.h) */
	bool wakes;		/* it is in vain if onehop-flush is not
				 * running */
	/* To be done to each (each.h); what it says there is sent. */
	int (*one)(void *hints, int spool, const struct listed *);
};

/*
 * Does it to the messages that the arguments name, which are those of verbs.h:
 * durably when it returns, and then onehop-flush knows.
 */
int change_run(const struct change *, const char *config, int argc,
    char **argv);

/* The same, with what was taken from the arguments already. */
int change_selection(const struct change *, int spool,
    const struct selection *, char **ids);

/*
 * Says what was wrong when onehop-flush could not be woken, which is errno.
 * The status of sysexits(3).
 */
int change_not_woken(void);

#endif
