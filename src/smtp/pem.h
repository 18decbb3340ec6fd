#ifndef SMTP_PEM_H
#define SMTP_PEM_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * The blocks of a text in PEM (RFC 7468), one after the other.  Whatever
 * stands between them is a comment.  Set text and len, and the rest to 0.
 */
struct pem {
	const char *text;	/* what is left of it */
	size_t len;
	unsigned lines;		/* that were read */
	unsigned line;		/* of the block, where it begins */
	const char *label;	/* "CERTIFICATE" and the like, not ended */
	size_t label_len;
	const char *body;
	size_t body_len;
	bool complete;		/* it has its end */
};

/* Goes to the next block; false when there is none. */
bool pem_next(struct pem *);

bool pem_has_label(const struct pem *, const char *);

/* Appends the bytes of the block.  0, or -1 when it is not base 64. */
int pem_decode(const struct pem *, struct buf *);

#endif
