#ifndef SENDMAIL_INPUT_H
#define SENDMAIL_INPUT_H

#include <stdbool.h>

struct buf;

/*
 * A message that comes as a stream: first its header, then its body piece by
 * piece.
 */
struct input {
	/*
	 * Appends the next piece, in canonical form (canon.h) but for NULs:
	 * 1, 0 when there is none, or -1 and errno.
	 */
	int (*more)(void *arg, struct buf *text);
	void *arg;
	struct buf *text;	/* not yet taken */
	bool ended;		/* nothing more will come */
};

enum {
	/* A header with 100,000 blind recipients fits many times. */
	HEADER_MAX = 16 * 1024 * 1024,
};

/* All are borrowed; text is empty. */
void input_init(struct input *, int (*more)(void *arg, struct buf *text),
    void *arg, struct buf *text);

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

#endif
