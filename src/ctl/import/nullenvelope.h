#ifndef CTL_IMPORT_NULLENVELOPE_H
#define CTL_IMPORT_NULLENVELOPE_H

#include <stddef.h>

/*
 * What stands before the message in a file of nullmailer's queue
 * (nullmailer-queue(8)): a line with the sender, which may be empty, a line
 * for each recipient, and an empty line.
 */
struct nullenvelope {
	char *sender;
	char **recipients;	/* and NULL after the last */
	size_t nrecipients;
	size_t length;		/* of all of that, to where the message is */
};

/*
 * Cuts up the text, which the strings then stand in.  NULL, or what is wrong,
 * in words; also when it does not reach to the message.  What was set is
 * freed with nullenvelope_free.
 */
const char *nullenvelope_parse(struct nullenvelope *, char *text, size_t len);
void nullenvelope_free(struct nullenvelope *);

#endif
