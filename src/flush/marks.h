#ifndef FLUSH_MARKS_H
#define FLUSH_MARKS_H

#include <stdbool.h>

struct message;

/*
 * Writes the marks that differ from those in the file, which is open for
 * writing (message_reopen).  With sync they are durable then: a crash must not
 * undo who has the message already, that nobody will try again, or what the
 * sender was told.  0, or -1 after it was logged.
 */
int marks_write(struct message *, const char *id, bool sync);

#endif
