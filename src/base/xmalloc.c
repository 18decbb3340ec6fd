#include <config.h>

#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"

static void *
checked(void *p)
{
	if (p == NULL)
		fatal(EX_TEMPFAIL, "memory");
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	return checked(calloc(n, size));
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	return checked(reallocarray(p, n, size));
}

char *
xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *
xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}
