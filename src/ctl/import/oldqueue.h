#ifndef CTL_IMPORT_OLDQUEUE_H
#define CTL_IMPORT_OLDQUEUE_H

#include <stdbool.h>

/*
 * Whether a message waits in this queue: a file whose name begins with
 * prefix, in the directory or in one of those below it.
 */
bool oldqueue_waits(const char *directory, const char *prefix);

#endif
