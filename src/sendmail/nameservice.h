#ifndef SENDMAIL_NAMESERVICE_H
#define SENDMAIL_NAMESERVICE_H

struct caller;

/*
 * Who a caller is: /etc/passwd says so, or LDAP or what else nsswitch.conf(5)
 * names.  That takes modules which are loaded when the program runs, as a
 * static program should not do.  So there are two of this: nameservice.c, and
 * for a static sendmail static/nameservice.c, by which sendmail makes room
 * for a dynamically linked twin where the caller is not in /etc/passwd.
 */

/*
 * To be called before anything is read that cannot be read again, with the
 * words of our own command line.  Does not return where the twin runs.
 */
void nameservice_prepare(struct caller *, char **argv);

/* Fills in what belongs to the uid, unless it is there already. */
void nameservice_look_up(struct caller *);

#endif
