#ifndef MAIL_SENDER_H
#define MAIL_SENDER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The table of senders, which onehop.conf(5) describes: a line is a pattern,
 * blanks and an address; "#" begins a comment where it begins a line or
 * follows a blank.  All pointers are borrowed from the text.
 */
struct sender_rule {
	const char *pattern;
	size_t patternlen;
	const char *address;	/* which passes address_check */
	size_t addresslen;
	unsigned line;		/* from 1; 0 before the first */
	const char *error;	/* in words; NULL if nothing is wrong */
};

/*
 * Walks a table: fills in the next line that is not empty and returns where
 * to go on, or NULL when there is none left.
 */
const char *sender_rule_next(const char *p, const char *end,
    struct sender_rule *);

/*
 * Whether the pattern is that of the sender, an addr-spec with its domain;
 * local says whether that is one of this machine.  Letter case does not
 * count, "*" stands for any text and "?" for one character.  A pattern with
 * an "@" is compared with the whole, one that begins with it with the domain;
 * another is a local name, but for "*", which is everybody.
 */
bool sender_rule_matches(const struct sender_rule *, const char *sender,
    bool local);

#endif
