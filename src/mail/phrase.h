#ifndef MAIL_PHRASE_H
#define MAIL_PHRASE_H

struct buf;

/*
 * Appends a display name as a header field may carry it before "<" (a phrase
 * of RFC 5322, section 3.2.5): as it is when it consists of atoms and blanks,
 * as a quoted string when it has specials, and as encoded words of RFC 2047
 * when it is not ASCII.  Control characters become blanks.
 */
void phrase_add(struct buf *, const char *name);

#endif
