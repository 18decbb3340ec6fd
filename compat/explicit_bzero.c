#include <config.h>

#include <string.h>

/* A call through a volatile pointer is not one that may be left out. */
static void *(*const volatile set)(void *, int, size_t) = memset;

void
explicit_bzero(void *p, size_t n)
{
	set(p, 0, n);
}
