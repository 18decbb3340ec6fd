#ifndef SENDMAIL_CALLER_H
#define SENDMAIL_CALLER_H

#include <sys/types.h>

/*
 * Who runs sendmail, by the real uid alone: no variable of the environment
 * counts.
 */
struct caller {
	uid_t uid;
	pid_t pid;		/* of the program that runs it */
	const char *directory;	/* where that is; NULL: not known */
	char *login;		/* the number where the uid has no name */
	char *full_name;	/* first part of the GECOS field, with "&" as
				 * the login name capitalised; "" if none */
};

/* Fills in what belongs to the uid, unless it is there already. */
void caller_look_up(struct caller *);
void caller_free(struct caller *);

#endif
