#ifndef SENDMAIL_LETTER_H
#define SENDMAIL_LETTER_H

/*
 * The letters that are options to sendmail, Postfix, Exim or OpenSMTPD: what
 * value each takes, and what it does here.  sendmail(8) has the same table in
 * words.
 */
enum arity {
	ARITY_ALONE,
	ARITY_VALUE,		/* attached or the next word */
	ARITY_ATTACHED,		/* attached or none */
	ARITY_SHORT,		/* attached, or a next word of one letter */
};

enum letter_effect {
	LETTER_IGNORED,		/* accepted because callers pass it */
	LETTER_REFUSED,		/* known, and not done here */
	LETTER_MODE,
	LETTER_NEWALIASES,
	LETTER_CONFIG,
	LETTER_SENDER,
	LETTER_FULL_NAME,
	LETTER_HEADER_RECIPIENTS,
	LETTER_DOTS,
	LETTER_OLD_OPTION,	/* -oX */
	LETTER_LONG_OPTION,	/* -O Name=value */
	LETTER_NOTIFY,
	LETTER_RET,
	LETTER_ENVID,
	LETTER_FLUSH,
	LETTER_VERBOSE,
};

struct letter {
	char name;
	enum arity arity;
	enum letter_effect effect;
	const char *why;	/* it is ignored or refused; else NULL */
};

/* NULL when there is no such option. */
const struct letter *letter_find(char name);

#endif
