#ifndef FLUSH_AGENT_H
#define FLUSH_AGENT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct job;
struct report;

/* A process that has one session with the smarthost: onehop-smtp(8). */
struct agent {
	pid_t pid;		/* 0: there is none */
	int sock;		/* -1: it has closed its end */
	unsigned window;	/* jobs it takes at a time; 0 until it is
				 * ready, and once it has gone */
	unsigned jobs;		/* that it has */
	bool dsn;		/* the smarthost sends notifications */
	bool progress;		/* it has finished a job */
	bool ended;		/* it said that its session has ended */
	bool retired;		/* gets no more jobs, and leaves */
	char relay[320];	/* "host[address]:port", once it is ready */
	double connecting;	/* seconds; counted for its first job only */
	unsigned recipients;	/* at most in a job; 0: any number */
};

enum {
	AGENT_SOCKET = 3,	/* the descriptor on which it talks to us */
};

/*
 * Starts one, with the same configuration file (NULL: the installed one) and
 * the address of the smarthost to try first (NULL: any), that is to have only
 * one message in flight if it is said so.  0, or -1 and errno.
 */
int agent_start(struct agent *, const char *config, const char *address,
    bool one_by_one);

/* Hands over a job and its descriptor.  0, or -1 and errno. */
int agent_send(struct agent *, const struct job *, int fd);

/*
 * Takes a packet of reports, of REPORT_MAX bytes and a NUL at most: 1; 0 when
 * there is none at the moment; -1 when there will be none any more.
 */
int agent_receive(struct agent *, char *packet);

/* It does not say what it should: ends it. */
void agent_reject(struct agent *);

/* Asks it to leave when it has done the jobs it has. */
void agent_retire(struct agent *);

/* Forgets it, once it has been waited for. */
void agent_forget(struct agent *);

/* Whether it can be given a job now. */
bool agent_is_free(const struct agent *);

#endif
