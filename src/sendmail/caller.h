#ifndef SENDMAIL_CALLER_H
#define SENDMAIL_CALLER_H

#include <sys/types.h>

#include <stdbool.h>

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

/*
 * Fills in what belongs to the uid, if /etc/passwd has it; whether it does.
 * nameservice.h is for those that it does not have.
 */
bool caller_is_in_file(struct caller *);

/* The same by an account that was found elsewhere, or in no place at all. */
void caller_name(struct caller *, const char *login, const char *gecos);
void caller_number(struct caller *);

void caller_free(struct caller *);

#endif
