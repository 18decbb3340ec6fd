#ifndef SPOOL_REWRITE_H
#define SPOOL_REWRITE_H

#include <stdbool.h>

struct buf;
struct config;
struct rewrite;

/*
 * What becomes of the addresses of an envelope on this machine: bare names
 * get the domain, local recipients go through the aliases and to admin, and
 * senders through the table of senders and envelope-from (onehop.conf(5)).
 * Files are read when they are first needed, and once.
 */

/* host is the full name of this one.  All are borrowed until rewrite_close. */
struct rewrite *rewrite_open(const struct config *, const char *domain,
    const char *host);
void rewrite_close(struct rewrite *);

/* Gives what would be warned about in the log to fn, a line each. */
void rewrite_give_warnings(struct rewrite *,
    void (*fn)(void *arg, const char *line), void *arg);

/*
 * What has kept one of the files from being read, in words, if it is trouble
 * of this system (io.h): what came of the calls below may be wrong.  NULL if
 * there was none.
 */
const char *rewrite_trouble(const struct rewrite *);

/*
 * Calls fn for each address that mail to spec goes to: an addr-spec in the
 * canonical form of address_next, with or without its domain.  One that is
 * not local goes to itself, and every other somewhere: fn is called at least
 * once.  It may be called twice with the same address.  What is wrong with a
 * file is warned about once in the log and passed over.  Each step is added
 * to why, unless that is NULL, as a line in words.  NULL, or what is wrong
 * with spec, in words, and then fn has not been called.
 */
const char *rewrite_recipient(struct rewrite *, const char *spec,
    void (*fn)(void *arg, const char *address), void *arg, struct buf *why);

/*
 * Appends the envelope sender to use for the one address in text: nothing
 * for "" and "<>".  *replaced tells whether it is one that the configuration
 * gives in place of that.  why and the result are as above.
 */
const char *rewrite_sender(struct rewrite *, const char *text,
    struct buf *out, bool *replaced, struct buf *why);

#endif
