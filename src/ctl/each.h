#ifndef CTL_EACH_H
#define CTL_EACH_H

struct listed;
struct selection;

/*
 * Does something to each of the messages that a verb of onehopctl names.  one
 * is called with arg, oldest first for ALL; what it is called for may be gone
 * by then.  It says itself what is wrong and returns a status of sysexits(3).
 */
struct each {
	int spool;
	const struct selection *selection;
	unsigned all;		/* bits of enum spool_state: what ALL means
				 * where the selection names no state */
	int (*one)(void *arg, int spool, const struct listed *);
	void *arg;
};

/*
 * For the messages of these IDs, up to NULL, or all of them for the word
 * "ALL", that are in the selection.  EX_OK, or the last status that was not:
 * EX_DATAERR when there is no message of an ID.
 */
int each_named(const struct each *, char **ids);

#endif
