#ifndef MAIL_DIAGNOSIS_H
#define MAIL_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What the reason of a recipient (envelope.h) says: the verdict (verdict.h)
 * of the last attempt, of which status and text were written down, the text
 * cut at its end.  Pointers are borrowed from the reason.
 */
struct diagnosis {
	char status[12];	/* RFC 3463; "" if there is none */
	bool replied;		/* text is a reply of the smarthost */
	const char *text;	/* without what it is in reply to */
	size_t len;
	const char *command;	/* stage_name; NULL: not known */
};

/*
 * A reply is a code, 200 to 599, a blank, and text to which verdict_of_reply
 * has added " (in reply to COMMAND)", one that it knows, at the very end.
 * That is missing after a code of success, and where a reason that is as long
 * as one can be was cut; of what is left of it nothing is removed then.  All
 * else is not a reply, and is given as it is.
 */
void diagnosis_read(const char *reason, struct diagnosis *);

#endif
