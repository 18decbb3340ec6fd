#ifndef SMTP_INSPECTION_H
#define SMTP_INSPECTION_H

#include <stdbool.h>

struct account;
struct config;
struct credentials;
struct tls;
struct trial;

/*
 * A session with the smarthost in which nothing is sent: what a check finds
 * out about an address that is connected, said as findings.h does.
 */
struct inspection {
	const struct config *config;
	struct credentials *credentials; /* wiped when they have been used */
	bool anonymous;		/* there are none that could be used */
	const char *sender;	/* whom mail is from; NULL: nobody knows */
	const char *recipient;	/* to whom; NULL just as that */
	const char *helo;
	const struct account *account; /* who runs this */
	bool done;		/* one address has been asked everything */
};

/*
 * The greeting, TLS and its certificates; and of the first address that gets
 * so far, what is offered, authentication and whether mail is accepted.
 * Takes over the connection's descriptor.
 */
void inspection_run(struct inspection *, const struct trial *, struct tls *);

#endif
