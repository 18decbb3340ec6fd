#ifndef CTL_SELECTION_H
#define CTL_SELECTION_H

#include <stdbool.h>
#include <stdint.h>

struct envelope;
struct listed;
struct recipient;

/*
 * Which messages a verb is about: those that have all of these.  Age and
 * state are in the name of a file, so only patterns of addresses open it.
 */
struct selection {
	int64_t older;		/* seconds at least; -1: any */
	int64_t newer;		/* seconds at most; -1: any */
	const char *sender;	/* patterns, borrowed; NULL: any */
	const char *recipient;
	unsigned states;	/* bits of enum spool_state; 0: any */
};

/* How they are given: what stands below the usage of a verb. */
extern const char selection_usage[];

/*
 * Takes the options of a verb; with states, those are among them.  optind is
 * then the first word behind them.  0, or -1 after saying what is wrong.
 */
int selection_parse(struct selection *, bool states, int argc, char **argv);

/* Whether any of them was given. */
bool selection_is_given(const struct selection *);

/* Whether a message is among them; now in seconds since the epoch. */
bool selection_has(const struct selection *, const struct listed *,
    int64_t now);

/* Whether that takes a look at the envelope, and what is seen there. */
bool selection_wants_envelope(const struct selection *);
bool selection_has_envelope(const struct selection *, int state,
    const struct envelope *);

/*
 * Whether a recipient is one that a message in this state is about: who is
 * due, or in failed/ who did not get it.
 */
bool selection_concerns(int state, const struct recipient *);

/*
 * Whether an address, "" for the null sender, matches a pattern: of the table
 * of senders (sender.h), where every local part is local, or "<>".
 */
bool selection_matches(const char *pattern, const char *address);

#endif
