#ifndef MAIL_VERDICT_H
#define MAIL_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What became of a recipient, a message or the session.  It is decided once,
 * where the reply is parsed, and travels as a value to the exit status, the
 * retry, the bounce, the log and mailq.
 */
enum verdict_class {
	VERDICT_RECIPIENT,	/* one recipient of the message */
	VERDICT_MESSAGE,	/* the message, for all of its recipients */
	VERDICT_RELAY,		/* the smarthost: touches no message */
	VERDICT_LOCAL,		/* this machine: keeps the mail */
};

enum verdict_outcome {
	VERDICT_DELIVERED,
	VERDICT_TEMPORARY,
	VERDICT_PERMANENT,
};

struct verdict {
	enum verdict_class class;
	enum verdict_outcome outcome;
	bool possible_duplicate; /* end of data was sent, its reply lost */
	int trouble;		/* enum trouble, if it ends the session */
	char status[12];	/* enhanced status code, RFC 3463 */
	char text[512];		/* what the smarthost or we said; one line */
};

/* The command that a reply answers. */
enum smtp_stage {
	STAGE_GREETING,
	STAGE_EHLO,
	STAGE_STARTTLS,
	STAGE_AUTH,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_BDAT,		/* a chunk that is not the last */
	STAGE_END_OF_DATA,	/* the dot or BDAT LAST */
	STAGE_RSET,
	STAGE_QUIT,
	STAGE_MAX,
};

/* "end of DATA" and the like, as Postfix's log names it; a constant. */
const char *stage_name(enum smtp_stage);

/*
 * The verdict of a reply with this code and text (its lines joined by
 * blanks, without codes; RFC 5321, section 4.2) to this stage.  The enhanced
 * status code is taken from the text if it begins with one of the same class
 * (RFC 2034), else made from the code (RFC 3463).
 */
struct verdict verdict_of_reply(enum smtp_stage, int code, const char *text);

/*
 * How many bytes of the text are an enhanced status code (RFC 3463) of that
 * class, '2', '4' or '5', which a blank or the end follows; 0 if none.
 */
size_t verdict_status_length(const char *text, char class);

/*
 * Whether a recipient was refused only for being one too many in the
 * transaction (RFC 5321, section 4.5.3.1.10).
 */
bool verdict_is_too_many(const struct verdict *);

/* A verdict of our own, with its text in printf form. */
struct verdict verdict_make(enum verdict_class, enum verdict_outcome,
    const char *status, const char *fmt, ...)
    __attribute__((__format__(printf, 4, 5)));

#endif
