#ifndef SMTP_REMEDY_H
#define SMTP_REMEDY_H

#include <stdbool.h>

struct account;
struct buf;
struct capabilities;
struct config;
struct stack_st_X509;

/* What is known of a fault (fault.h) by whoever is to mend it. */
struct symptom {
	int fault;
	const struct config *config;
	const struct capabilities *offered; /* NULL: nothing yet */
	const struct stack_st_X509 *chain; /* NULL: no certificate was seen */
	int problem;		/* of the certificate, an X509_V_ERR */
	bool loopback;
	const struct account *account; /* whose the password has to be */
};

/* Why it matters; a constant. */
const char *remedy_why(int fault);

/*
 * Appends "in FILE write: LINE" or "run: COMMAND" if there is something that
 * mends it, or may.
 */
void remedy_find(const struct symptom *, struct buf *out);

/* Appends the beginning of the former. */
void remedy_begin(const struct config *, struct buf *out);

#endif
