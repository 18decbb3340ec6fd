#ifndef SMTP_AUTHENTICATION_H
#define SMTP_AUTHENTICATION_H

struct credentials;
struct session;

/*
 * AUTH (RFC 4954), after EHLO and STARTTLS: by the strongest mechanism that
 * is offered, that auth allows, and that suits the credentials, which are
 * wiped.  Without a user nothing is done.  0, or -1 and the session has
 * ended.
 */
int authentication_run(struct session *, struct credentials *);

#endif
