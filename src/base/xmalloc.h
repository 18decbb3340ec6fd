#ifndef BASE_XMALLOC_H
#define BASE_XMALLOC_H

#include <stddef.h>

/*
 * Allocation that does not fail: running out of memory is trouble that may
 * pass, so it is logged and the program exits 75 (EX_TEMPFAIL).  What is
 * returned belongs to the caller, who frees it with free(3).
 */
void *xcalloc(size_t, size_t);
void *xreallocarray(void *, size_t, size_t);
char *xstrdup(const char *);
char *xstrndup(const char *, size_t);

#endif
