#ifndef CTL_CHECK_CHECKLIST_H
#define CTL_CHECK_CHECKLIST_H

struct finding;

/* What onehopctl check has found, which is printed at once; zeros at first. */
struct checklist {
	unsigned wrong;
	unsigned warnings;
};

/* What the next findings are about. */
void checklist_section(const char *, ...)
    __attribute__((__format__(printf, 1, 2)));

/* kind is an enum finding_kind; why and remedy may be NULL. */
void checklist_say(struct checklist *, int kind, const char *why,
    const char *remedy, const char *what, ...)
    __attribute__((__format__(printf, 5, 6)));
void checklist_add(struct checklist *, const struct finding *);

/* Prints what it comes to. */
void checklist_end(const struct checklist *);

#endif
