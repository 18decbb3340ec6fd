#ifndef SENDMAIL_OPTIONS_H
#define SENDMAIL_OPTIONS_H

#include <stdbool.h>

struct buf;

/* The command line, parsed; all strings are borrowed from it. */
struct options {
	enum mode {
		MODE_DELIVER,		/* -bm: a message is on stdin */
		MODE_SMTP,		/* -bs: so is an SMTP client */
		MODE_NEWALIASES,	/* -bi: there is nothing to rebuild */
		MODE_FLUSH,		/* -q: try everything now */
		MODE_HELP,
		MODE_VERSION,
	} mode;
	const char *config;		/* -C; NULL: the installed one */
	const char *sender;		/* -f, -r; NULL: the caller */
	const char *full_name;		/* -F; NULL: the caller's */
	bool recipients_in_header;	/* -t */
	bool ignore_dots;		/* -i, -oi */
	unsigned notify;		/* -N, as in mail/dsn.h */
	unsigned ret;			/* -R */
	const char *envid;		/* -V, as given; NULL: none */
	char **recipients;		/* the words after the options */
};

/*
 * Parses the arguments as sendmail(8) lists them: letters group and take
 * values as getopt(3) has it, and the first word that is not an option ends
 * them.  0, or -1 and what is wrong appended to error.
 */
int options_parse(struct options *, int argc, char **argv, struct buf *error);

#endif
