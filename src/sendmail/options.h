#ifndef SENDMAIL_OPTIONS_H
#define SENDMAIL_OPTIONS_H

#include <stdbool.h>

struct buf;

/* The command line, parsed; all strings are borrowed from it. */
struct options {
	enum mode {
		MODE_DELIVER,		/* -bm: a message is on stdin */
		MODE_SMTP,		/* -bs: SMTP is on stdin */
		MODE_VERIFY,		/* -bv: check addresses */
		MODE_QUEUE,		/* -bp: list the queue */
		MODE_FLUSH,		/* -q: try everything now */
		MODE_DAEMON,		/* -bd, -q15m: run the queue */
		MODE_NEWALIASES,	/* -bi: there is nothing to rebuild */
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
	bool require_tls;		/* -O RequireTLS */
	bool verbose;			/* -v */
	bool foreground;		/* -bD: a daemon that does not detach */
	char **recipients;		/* the words after the options */
	char **mailq;			/* NULL, or what mailq was called with,
					 * from its name on */
};

/*
 * Parses the arguments as sendmail(8) lists them: letters group and take
 * values as getopt(3) has it, and the first word that is not an option ends
 * them.  0, or -1 and what is wrong appended to error.
 */
int options_parse(struct options *, int argc, char **argv, struct buf *error);

#endif
