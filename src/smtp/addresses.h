#ifndef SMTP_ADDRESSES_H
#define SMTP_ADDRESSES_H

#include <stddef.h>

struct addrinfo;
struct buf;

/*
 * The order in which to try addresses that are sorted by preference (RFC
 * 6724): families take turns (RFC 8305, section 4), and the one that is
 * first as text, if it is among them, comes before all.  Only those of a
 * family count, unless it is AF_UNSPEC.  Returns how many there are; the
 * order is the caller's to free.
 */
size_t addresses_order(const struct addrinfo *, int family,
    const char *first, const struct addrinfo ***order);

/* Appends an address as text. */
void addresses_print(const struct addrinfo *, struct buf *);

#endif
