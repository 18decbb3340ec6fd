#ifndef MAIL_CURSOR_H
#define MAIL_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is left to decode of the lines of an envelope, or of one of them, and
 * what was found wrong; error is NULL until then.
 */
struct cursor {
	const char *p;
	const char *end;
	const char *error;
};

/*
 * Takes the next line, which must begin with keyword; *rest is what follows
 * that, without the line end.  0 or -1.
 */
int cursor_line(struct cursor *, const char *keyword, struct cursor *rest);

/* Takes the next line: keyword and a number (number.h).  0 or -1. */
int cursor_number(struct cursor *, const char *keyword, unsigned base,
    uint64_t max, uint64_t *value);

/*
 * Takes "<address>" from the front of a line.  It is the caller's; NULL if it
 * is malformed, or empty when it must not be.
 */
char *cursor_address(struct cursor *, bool may_be_empty);

/*
 * Takes name, which has a blank before and "=" behind, and its value, up to a
 * blank or the end, from the front of what is left of a line.  Returns
 * whether it is there.
 */
bool cursor_field(struct cursor *, const char *name, const char **value,
    size_t *len);

/* Nothing is to be left of a line, nor wrong with it.  0 or -1. */
int cursor_end(struct cursor *, const struct cursor *rest);

#endif
