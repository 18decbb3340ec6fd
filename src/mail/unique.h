#ifndef MAIL_UNIQUE_H
#define MAIL_UNIQUE_H

struct envelope;

/*
 * Removes the recipients that are there twice, keeping the first; the letter
 * case of a domain does not count.
 */
void unique_recipients(struct envelope *);

#endif
