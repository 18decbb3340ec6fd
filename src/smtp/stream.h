#ifndef SMTP_STREAM_H
#define SMTP_STREAM_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * A stream of lines and bytes over a descriptor, plain or through a layer
 * such as TLS, with a deadline for every wait.  The descriptor does not
 * block, poll(2) waits inside, so the code outside is a straight line.
 */
struct stream;

enum {
	/*
	 * RFC 5321, 4.5.3.1.5 gives a reply line 512 octets; extensions and
	 * talkative servers exceed that.
	 */
	STREAM_LINE = 4096,
};

/* Takes over the descriptor. */
struct stream *stream_new(int fd);

/* Closes the descriptor and wipes what was read and written. */
void stream_free(struct stream *);
int stream_fd(const struct stream *);

/*
 * A layer between stream and descriptor.  Both functions return how many
 * bytes they took or gave, 0 when the other side has ended the stream, or
 * one of these.  With STREAM_FAILED, *error is what went wrong, or errno
 * says it when *error is NULL.
 */
enum {
	STREAM_FAILED = -1,
	STREAM_WANT_READ = -2,	/* again when the descriptor has input */
	STREAM_WANT_WRITE = -3,	/* again when it takes output */
};
struct stream_layer {
	ssize_t (*read)(void *, void *data, size_t, const char **error);
	ssize_t (*write)(void *, const void *data, size_t,
	    const char **error);
};
void stream_set_layer(struct stream *, const struct stream_layer *, void *);

/* All waits from now on end together, seconds from now. */
void stream_set_deadline(struct stream *, double seconds);

/*
 * Whether the deadline has passed so long ago that what has come in by then
 * would have been read: a layer stops reading what leads to nothing.
 */
bool stream_is_late(const struct stream *);

/*
 * Waits for what the layer wants, STREAM_WANT_READ or STREAM_WANT_WRITE, on
 * the descriptor.  0, or -1 when the deadline has passed.
 */
int stream_wait(struct stream *, ssize_t want);

/*
 * What is to be written: add to it, then flush.  While flushing, what the
 * other side has to say is taken in, so that two full pipes cannot wait for
 * each other.  0 or -1.
 */
struct buf *stream_output(struct stream *);
int stream_flush(struct stream *);

/*
 * How many bytes have been written so far, and how many it will be with those
 * that are to be.
 */
uint64_t stream_written(const struct stream *);
uint64_t stream_position(const struct stream *);

/*
 * Reads a line and returns it without its line end, which stays valid until
 * the next call; NULL on failure.  LF alone ends a line too: replies come
 * from one side only and nothing is passed on from them as it stands, so
 * there is nobody to confuse, and such servers exist.
 */
const char *stream_line(struct stream *, size_t *len);

/* Whether something that was read has not been taken yet; and what it is. */
bool stream_has_input(const struct stream *);
const char *stream_input(const struct stream *, size_t *len);

/* Reads what is there, without waiting.  0, or -1 on failure. */
int stream_poke(struct stream *);

/*
 * Why the stream failed, in words ("timed out after 300 s"); the first
 * failure, as later ones follow from it.
 */
const char *stream_error(const struct stream *);

/* Whether it failed for what was in a line, and not for having none. */
bool stream_is_garbled(const struct stream *);

#endif
