#ifndef SPOOL_REQUEST_H
#define SPOOL_REQUEST_H

#include <stddef.h>

struct buf;

/* What a program asks a helper of onehop-flush to do for it: a command. */
struct request {
	const char *directory;	/* where it was called; "" if unknown */
	char **words;		/* its own name and arguments, and NULL */
	int count;
};

enum {
	/* Linux takes 6 MB of arguments at most, their pointers included. */
	REQUEST_MAX = 8 * 1024 * 1024,
};

/* Appends directory and words, each with a NUL after it. */
void request_encode(const char *directory, char *const *words, struct buf *);

/*
 * The strings stay where they are, in text; the words belong to the caller.
 * 0, or -1 when it is not what request_encode makes or over REQUEST_MAX,
 * pointers included.
 */
int request_decode(struct request *, char *text, size_t len);
void request_free(struct request *);

#endif
