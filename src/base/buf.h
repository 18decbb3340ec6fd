#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

/*
 * The one growable buffer.  A struct buf of zeros is empty; data is NULL
 * until something is added, and always NUL-terminated after that.  Memory
 * grows in one function and never beyond BUF_MAX; running out of either
 * ends the program as xmalloc.h says.
 */
struct buf {
	char *data;
	size_t len;
	size_t size;
};

void buf_add(struct buf *, const void *, size_t);
void buf_addc(struct buf *, char);
void buf_adds(struct buf *, const char *);
void buf_printf(struct buf *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));
void buf_vprintf(struct buf *, const char *, va_list)
    __attribute__((__format__(printf, 2, 0)));

/* Makes room for n more bytes and returns where they go; buf_grew adds them. */
char *buf_reserve(struct buf *, size_t n);
void buf_grew(struct buf *, size_t n);

/* Removes n bytes from the front. */
void buf_drop(struct buf *, size_t n);

/* Removes every byte c. */
void buf_remove(struct buf *, char c);

/* Empties the buffer and keeps its memory. */
void buf_clear(struct buf *);

/* Empties the buffer and frees its memory, wiping it first. */
void buf_free(struct buf *);

#endif
