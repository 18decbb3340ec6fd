#ifndef SENDMAIL_INPUT_H
#define SENDMAIL_INPUT_H

#include <stdbool.h>

struct buf;
struct canon;

/*
 * The message on a descriptor, read as a stream and made canonical (canon.h)
 * on the way: first its header, then its body piece by piece.
 */
struct input {
	int fd;
	struct canon *canon;
	struct buf *text;	/* canonical, not yet taken */
	bool ended;		/* nothing more will be read */
};

enum {
	/* A header with 100,000 blind recipients fits many times. */
	HEADER_MAX = 16 * 1024 * 1024,
};

/* canon and text are borrowed; text is empty. */
void input_init(struct input *, int fd, struct canon *, struct buf *text);

/*
 * Reads the header and appends it to header: whole fields, each line ended
 * by CRLF, without the empty line.  The header ends at an empty line or
 * before the first line that is neither a field nor the continuation of one;
 * a first line "From " or ">From ", as in a mailbox, is dropped.  NULs stay
 * in it, because one in an address makes it malformed.  0, or -1 and errno:
 * EINTR after a signal, EFBIG when it is over HEADER_MAX.
 */
int input_header(struct input *, struct buf *header);

/*
 * After the header, text holds the first piece of the body, which may be
 * empty.  This replaces it by the next one: 1, 0 when there is none, or -1.
 */
int input_body(struct input *);

/*
 * After a line of a single dot: reads what follows from a pipe and drops it,
 * so that the writer is not killed by SIGPIPE.
 */
void input_drain(struct input *);

#endif
