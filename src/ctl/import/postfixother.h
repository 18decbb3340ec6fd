#ifndef CTL_IMPORT_POSTFIXOTHER_H
#define CTL_IMPORT_POSTFIXOTHER_H

struct imported;
struct maincf;

/* Names the parameters that have no equivalent, and what to do instead. */
void postfixother_name(struct imported *, const struct maincf *);

#endif
