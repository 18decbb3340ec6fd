#ifndef SPOOL_KEYWORD_H
#define SPOOL_KEYWORD_H

#include <stddef.h>

struct buf;
struct config;
struct keyword;

/*
 * The keywords of onehop.conf(5): one table that says for each of them what
 * it takes, where in struct config it goes and what it is by default.
 */
enum { KEYWORDS = 21 };

const struct keyword *keyword_at(size_t);
size_t keyword_index(const struct keyword *);
const char *keyword_name(const struct keyword *);
const char *keyword_default(const struct keyword *);	/* NULL: none */

/* NULL when there is no such keyword; letter case does not count. */
const struct keyword *keyword_find(const char *word, size_t len);

/*
 * Sets it in the configuration.  NULL; or what is wrong with the value, in
 * words that follow it, and to which keyword_choices adds what would be right
 * where there is a choice; the setting is then as it was.
 */
const char *keyword_set(const struct keyword *, struct config *,
    const char *value);
void keyword_choices(const struct keyword *, struct buf *);

/* Appends the value in force.  0, or -1 when there is none. */
int keyword_print(const struct keyword *, const struct config *, struct buf *);

/* Frees what keyword_set has allocated. */
void keyword_free(const struct keyword *, struct config *);

#endif
