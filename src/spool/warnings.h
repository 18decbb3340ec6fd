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

/* Gives each line to fn in place of the log. */
void warnings_give(struct warnings *, void (*fn)(void *arg, const char *line),
    void *arg);

void warnings_add(struct warnings *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

/* That a file cannot be read, and why: an errno, EINVAL if it is none. */
void warnings_unread(struct warnings *, int error, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));

/*
 * The first line of those for which it was trouble of this system (io.h), so
 * that nobody knows what stands in the file; NULL if there is none.
 */
const char *warnings_trouble(const struct warnings *);

#endif
