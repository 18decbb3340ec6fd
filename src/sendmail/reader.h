#ifndef SENDMAIL_READER_H
#define SENDMAIL_READER_H

#include <stdbool.h>

struct buf;
struct canon;

/* A message on a descriptor, up to the end of file or a line of one dot. */
struct reader {
	int fd;
	struct canon *canon;
	bool ended;
};

/* canon is borrowed and set up here. */
void reader_init(struct reader *, int fd, struct canon *, bool dots);

/* The next piece in canonical form; input_more of input.h. */
int reader_more(void *reader, struct buf *text);

/*
 * Reads what was not taken, within reason, and drops it, so that the writer
 * is not killed by SIGPIPE and sees the exit status; but not from a terminal.
 */
void reader_drain(const struct reader *);

#endif
