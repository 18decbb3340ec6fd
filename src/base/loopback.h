#ifndef BASE_LOOPBACK_H
#define BASE_LOOPBACK_H

#include <stdbool.h>

struct sockaddr;

/*
 * Whether it is an address of this machine's loopback: 127.0.0.0/8, also as
 * IPv6 has it (RFC 4291, section 2.5.5.2), or ::1.
 */
bool loopback_is(const struct sockaddr *);

#endif
