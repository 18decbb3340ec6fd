#ifndef SENDMAIL_HELPER_H
#define SENDMAIL_HELPER_H

#include <sys/types.h>

#include <stdbool.h>

struct buf;
struct config;
struct options;

/*
 * What onehop-flush runs as the owner of the spool for a caller who cannot
 * write there (spool/handover.h):
 *
 *	sendmail --submit [file]
 *
 * with the connection on descriptor 3 and the configuration file of the
 * flusher.  From then on it is the sendmail that the caller called, with the
 * caller's words and standard streams, and uid and process by the kernel's
 * word.  In addition to what goes there it sends its exit status over the
 * connection.  When the caller's own sendmail goes away, that is an interrupt
 * (signals.h).
 */
struct helper {
	uid_t uid;		/* of the caller, as the next, in caller.h */
	pid_t pid;
	const char *directory;	/* by his own word, unlike the others */
	char **argv;
	int argc;
	char *text;		/* all the strings */
};

/* Whether this is one. */
bool helper_is_meant(int argc, char **argv);

/*
 * Gives the group up, and finds out who is at the other end.  Ends the
 * program where nobody is.
 */
void helper_ask_kernel(struct helper *);

/*
 * Takes the request and becomes the helper.  Ends the program where there is
 * none to take, where another than the owner of the spool asks for this, and
 * after mailq, which it runs.
 */
void helper_begin(struct helper *, const struct config *, const char *file);

/*
 * Whether what is asked can be done for another: not with a configuration of
 * his, and nothing but messages.  0, or -1 and a line in error.
 */
int helper_check(const struct options *, const struct config *,
    struct buf *error);

/* Tells the caller's sendmail the exit status, as fatal does by itself. */
void helper_end(struct helper *, int status);

#endif
