#ifndef MAIL_TROUBLE_H
#define MAIL_TROUBLE_H

/*
 * The kinds of trouble for which mail waits: those of a session that failed,
 * and TROUBLE_RATE, the last one.
 */
enum trouble {
	TROUBLE_LOCAL,		/* configuration, password, this machine */
	TROUBLE_RESOLVE,	/* the smarthost is not found, */
	TROUBLE_CONNECT,	/* cannot be reached, */
	TROUBLE_LOST,		/* or has gone */
	TROUBLE_TLS,
	TROUBLE_AUTH,
	TROUBLE_PROTOCOL,
	TROUBLE_REFUSED,	/* it says no, for another reason */
	TROUBLE_RATE,		/* it may have no more now */
	TROUBLE_KINDS,
};

/* Its name, one word; and a few that name nobody.  Constants. */
const char *trouble_name(enum trouble);
const char *trouble_text(enum trouble);

/* The kind of that name; TROUBLE_KINDS: there is none. */
enum trouble trouble_named(const char *);

#endif
