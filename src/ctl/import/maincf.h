#ifndef CTL_IMPORT_MAINCF_H
#define CTL_IMPORT_MAINCF_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct imported;
struct statement;

/*
 * The parameters of Postfix's main.cf (postconf(5)): of those that are set
 * twice the last counts.  text is cut up and stays in use; host is the name
 * of this machine, for the defaults of myhostname and mydomain.
 */
struct maincf;
struct maincf *maincf_parse(const char *file, char *text, const char *host);
void maincf_free(struct maincf *);

/* The parameter as it is written, or NULL if it is not set. */
const struct statement *maincf_find(const struct maincf *, const char *name);

/* Walks the parameters; NULL after the last. */
const char *maincf_name(const struct maincf *, size_t);

/* A line that is no "NAME = value", or NULL. */
const struct statement *maincf_mistake(const struct maincf *);

/*
 * Appends a value with its $names replaced, $name, ${name}, $(name),
 * ${name?text}, ${name:text} and ${name?{text}:{text}}, as Postfix does it.
 * 0, or -1 when it is malformed, endless, or compares.
 */
int maincf_expand(const struct maincf *, const char *value, struct buf *);

/*
 * The parameter with its names replaced; its text is NULL if it is not set,
 * or cannot be told, which is then among what was not carried over.
 */
void maincf_get(const struct maincf *, struct imported *, const char *name,
    struct statement *);

#endif
