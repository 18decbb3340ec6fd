#ifndef SENDMAIL_TRANSFER_H
#define SENDMAIL_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct client;

/*
 * The content of a message on its way in from an SMTP client: either the
 * text after DATA, or the chunks of BDAT (RFC 3030), which are taken byte by
 * byte as they come.
 */
struct transfer;

struct transfer *transfer_data(struct client *);

/*
 * At the end of a chunk that is not the last, next is asked for another one,
 * which it announces by transfer_chunk; false when there will be none.
 */
struct transfer *transfer_chunks(struct client *, bool (*next)(void *),
    void *arg);
void transfer_chunk(struct transfer *, uint64_t size, bool last);
void transfer_free(struct transfer *);

/*
 * Appends the next piece in canonical form, as input.h has it.  It fails with
 * ECANCELED when the message is cut, and at its end with EBADMSG when it has
 * a bare LF that must not be there.
 */
int transfer_more(void *transfer, struct buf *text);

/* Passes over what is left of the text, or of this chunk. */
void transfer_skip(struct transfer *);

/* Whether it ended too early: the client has gone or wants it no more. */
bool transfer_is_cut(const struct transfer *);

/*
 * Whether it came from a network with LF without CR, which is not allowed:
 * it may be the work of somebody who smuggles a second message in the first.
 */
bool transfer_has_bare_lf(const struct transfer *);

#endif
