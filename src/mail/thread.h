#ifndef MAIL_THREAD_H
#define MAIL_THREAD_H

#include <stddef.h>

struct buf;

/*
 * What an answer takes from the header of the message it is to.  That may be
 * anything; it is read as header.h says.
 */
enum {
	/* A Subject is told in 200 bytes or less. */
	THREAD_SUBJECT_MAX = 200,
	/* Longer ones nobody makes; one must fit into a line. */
	THREAD_ID_MAX = 250,
	/* The first of a thread and the last ones are enough to place it. */
	THREAD_IDS = 20,
};

/*
 * Appends the fields In-Reply-To and References (RFC 5322, section 3.6.4):
 * the second has what the message refers to, of which THREAD_IDS - 1 are
 * kept, and the message itself.  Nothing when that has no Message-ID, or no
 * sound one: graphic ASCII between angle brackets, without "<", ">", blanks,
 * quotes, commas and parentheses.
 */
void thread_add_references(const char *header, size_t len, struct buf *);

/*
 * Appends the field Subject: what, and after a colon the Subject of the
 * message, if it has one.  Its encoded words (RFC 2047) are kept; where it is
 * not ASCII, it is put into such.
 */
void thread_add_subject(const char *what, const char *header, size_t len,
    struct buf *);

#endif
