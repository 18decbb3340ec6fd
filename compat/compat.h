#ifndef COMPAT_H
#define COMPAT_H

/*
 * What neither libbsd nor the system has.  config.h includes this, so src/
 * calls these functions as if every system had them; each as in OpenBSD.
 */
#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#ifndef HAVE_ARC4RANDOM
uint32_t arc4random(void);
uint32_t arc4random_uniform(uint32_t);
#endif
#ifndef HAVE_CLOSEFROM
void closefrom(int);
#endif
enum { CRC32_FOLDED = 16 };
#ifndef HAVE_CRC32_FOLD
/*
 * If the processor can do it fast: so many bytes that have the same CRC-32 as
 * the first of these, where the register of the CRC begins with 0 and with crc.
 * Returns how many these are, or 0 when none.
 */
size_t crc32_fold(uint32_t crc, const unsigned char *, size_t,
    unsigned char folded[CRC32_FOLDED]);
#endif
#ifndef HAVE_EXPLICIT_BZERO
void explicit_bzero(void *, size_t);
#endif
#ifndef HAVE_FREEZERO
void freezero(void *, size_t);
#endif
#ifndef HAVE_NETWORK_WATCH
/*
 * A descriptor that can be read when the network of this machine changes, or
 * -1; and whether, since it was last asked, an address or a route was added.
 */
int network_watch(void);
int network_news(int);
#endif
#ifndef HAVE_PLEDGE
int pledge(const char *, const char *);
#endif
#ifndef HAVE_PLEDGE_GAP
/* What it takes to enforce pledge and unveil and is not here, or NULL. */
const char *pledge_gap(void);
#endif
#ifndef HAVE_REALLOCARRAY
void *reallocarray(void *, size_t, size_t);
#endif
#ifndef HAVE_STRLCPY
size_t strlcpy(char *, const char *, size_t);
#endif
#ifndef HAVE_UNVEIL
int unveil(const char *, const char *);
#endif

#endif
