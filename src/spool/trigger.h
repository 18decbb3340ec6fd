#ifndef SPOOL_TRIGGER_H
#define SPOOL_TRIGGER_H

#include <stdbool.h>

struct entry;

/*
 * The FIFO that wakes the flusher.  What is written there are hints: lines
 * that name a file to look at when it is due, or, after TRIGGER_RETRY, now;
 * or TRIGGER_FLUSH, to look at everything now.  Both of these also try the
 * smarthost again.  TRIGGER_COUNT asks for what was counted (metrics.h).  After
 * any other, such as TRIGGER_SCAN, it reads the directories again: there is too
 * much to name, or something is gone that had a name.
 */
#define TRIGGER_NAME "trigger"
#define TRIGGER_RETRY "retry "
#define TRIGGER_FLUSH "flush"
#define TRIGGER_SCAN "scan"
#define TRIGGER_COUNT "count"
enum { TRIGGER_MODE = 0620 };

/*
 * Makes it, with mode 0600.  A descriptor of it for the caller to close, or
 * -1 and errno: EEXIST when it is there already.
 */
int trigger_make(int spool);

/*
 * Writes one line.  0, or -1 and errno: ENXIO when no flusher is running,
 * EAGAIN when the FIFO is full, which wakes it just as well.
 */
int trigger_write(int spool, const char *line);

/*
 * Opens it for the flusher, so that it does not end when a writer leaves.
 * The descriptor to poll and read, or -1 and errno.
 */
int trigger_open(int spool);

/*
 * Reads what has been written and calls fn for each line, which ends at LF or
 * NUL.  0; 1 when lines may have been lost because the FIFO was full, and the
 * spool must be scanned; or -1 and errno.
 */
int trigger_read(int trigger, void (*fn)(void *arg, const char *line),
    void *arg);

#endif
