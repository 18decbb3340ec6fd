#ifndef SPOOL_ANSWER_H
#define SPOOL_ANSWER_H

#include <sys/types.h>

#include <stdbool.h>

struct envelope;

/*
 * What became of a message for whoever waits for it: a file in the spool,
 * "answer", that the flusher writes after each attempt at a message of the
 * owner of the spool whose ENVID begins with ANSWER_PREFIX.  Without it,
 * nothing is left of a message that was sent.  The last such message is the
 * one that is in the file.
 */
#define ANSWER_PREFIX "onehop-check-"

struct answer {
	int state;		/* enum recipient_state: DUE when some are */
	char text[1024];	/* "<address>: what was said", of one of them */
};

/* Whether somebody waits, by the envelope and who submitted it. */
bool answer_is_wanted(const struct envelope *, uid_t);

/* Writes it.  0, or -1 and errno. */
int answer_write(int spool, const struct envelope *);

/* 1 when there is one for this ENVID, 0 when not, or -1 and errno. */
int answer_read(int spool, const char *envid, struct answer *);

/* Removes it, whoever it is for. */
void answer_remove(int spool);

#endif
