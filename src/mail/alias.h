#ifndef MAIL_ALIAS_H
#define MAIL_ALIAS_H

#include <stdbool.h>

struct buf;

/*
 * The text of an aliases file in sendmail's format, which onehop.conf(5)
 * describes, and of the lists that it includes.  Both are walked by cursors;
 * what they point to is borrowed from the text.
 */
struct alias_cursor {
	const char *p;		/* [p, end) is left */
	const char *end;
	unsigned line;		/* the number of the line of p, from 1 */
	bool list;		/* an included list, in which the end of a
				 * line separates as a comma does */
};

struct alias {
	struct alias_cursor value;	/* what stands after the colon */
	unsigned line;		/* where the name stands */
	const char *error;	/* in words; NULL if nothing is wrong */
};

enum alias_kind {
	ALIAS_ADDRESS,		/* for address_next: one, or several that
				 * only blanks separate, or malformed */
	ALIAS_FINAL,		/* "\name", the same without the backslash:
				 * no alias is looked up for it */
	ALIAS_LIST,		/* ":include:path": the path */
	ALIAS_COMMAND,		/* "|command", with the bar */
	ALIAS_FILE,		/* "/path" */
};

struct alias_item {
	enum alias_kind kind;
	unsigned line;
};

/*
 * Takes the next entry of a file: a line that begins with neither blank nor
 * "#", and all that follow up to the next such line.  name is emptied and
 * then holds what stands before the colon, without quotes.  Of an entry with
 * an error there is no value.  false when none is left.
 */
bool alias_next(struct alias_cursor *, struct alias *, struct buf *name);

/*
 * Takes the next item of a value or of a list.  text is emptied and then
 * holds it on one line, without comments and without the quotes around a
 * command, a path or an include.  false when none is left.
 */
bool alias_item_next(struct alias_cursor *, struct alias_item *,
    struct buf *text);

#endif
