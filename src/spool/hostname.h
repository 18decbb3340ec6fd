#ifndef SPOOL_HOSTNAME_H
#define SPOOL_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * Appends the best name of this host that is known without a look-up: the
 * kernel's if it has a dot, else what /etc/hosts calls it, else the kernel's
 * as it is.  0, or -1 and errno when trouble here (io.h) has kept that file
 * from being read, so that there may be a better one.
 */
int hostname_fqdn(struct buf *);

/*
 * Appends the domain for bare names: what is configured (NULL: nothing is),
 * else the first line of /etc/mailname, else fqdn, which is hostname_fqdn's.
 * The result is as above.
 */
int hostname_domain(const char *configured, const char *fqdn, struct buf *);

/* Both of them, of which fqdn is empty before.  The result is as above. */
int hostname_both(const char *configured, struct buf *fqdn,
    struct buf *domain);

/*
 * Appends the first name with a dot on the line of hosts(5) that has host
 * among its names.  0, or -1 when there is none.
 */
int hostname_in_hosts(const char *text, const char *host, struct buf *);

/* Whether text is a domain name: labels of letters, digits, "-" and UTF-8. */
bool hostname_valid(const char *text, size_t len);

#endif
