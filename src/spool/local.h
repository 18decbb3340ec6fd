#ifndef SPOOL_LOCAL_H
#define SPOOL_LOCAL_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct local;

/* What in an address is a name of this machine; nothing is looked up. */
enum local_kind {
	LOCAL_NOT,		/* it has another domain */
	LOCAL_BARE,		/* no domain, or one that only we understand:
				 * localhost, localhost.localdomain, the host
				 * without its domain */
	LOCAL_FULL,		/* the full name of the host */
	LOCAL_DOMAIN,		/* what bare names get: aliases are for it,
				 * but it has users elsewhere too */
};

/*
 * domain is what bare names get, host the full name of this one; both are
 * borrowed until local_free.
 */
struct local *local_new(const char *domain, const char *host);
void local_free(struct local *);

enum local_kind local_kind(struct local *, const char *spec, size_t len);

/* Gives what is bare the domain. */
void local_qualify(struct local *, struct buf *spec);

#endif
