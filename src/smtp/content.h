#ifndef SMTP_CONTENT_H
#define SMTP_CONTENT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* The message in a spool file, read piece by piece. */
struct content {
	int fd;
	off_t offset;		/* of what is still to be read */
	off_t left;
	bool dotted;		/* with dot-stuffing, for DATA */
	bool in_line;		/* the last piece ended within a line */
};

/*
 * Appends the next piece in the form that goes over the wire; after the last
 * one, if it is dotted, the line with the dot.  0, or -1 and errno, which is
 * ENODATA when the file is shorter than it should be.
 */
int content_add(struct content *, struct buf *);

/*
 * Appends a piece of a message with dot-stuffing (RFC 5321, section 4.5.2).
 * in_line says whether it goes on with a line, and is set for what follows.
 */
void content_stuff(const char *, size_t len, bool *in_line, struct buf *);

#endif
