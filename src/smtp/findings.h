#ifndef SMTP_FINDINGS_H
#define SMTP_FINDINGS_H

struct symptom;

/*
 * Say what was found (mail/finding.h) on the standard output, at once, so
 * that who reads it sees how far it has come.  kind is an enum finding_kind;
 * why and remedy may be NULL.
 */
void findings_say(int kind, const char *why, const char *remedy,
    const char *what, ...) __attribute__((__format__(printf, 4, 5)));

/* A fault: where, what it is, and what was seen, which may be empty. */
void findings_fault(const struct symptom *, const char *where,
    const char *detail);

#endif
