#ifndef SPOOL_WARNINGS_H
#define SPOOL_WARNINGS_H

struct warnings;

/*
 * What is wrong with files that an administrator keeps: each thing is said
 * once in the log of a run, however often it is met, and after
 * WARNINGS_MAX of them only that there is more.
 */
enum { WARNINGS_MAX = 20 };

struct warnings *warnings_new(void);
void warnings_free(struct warnings *);

void warnings_add(struct warnings *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

#endif
