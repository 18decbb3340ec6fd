#ifndef SMTP_EHLO_H
#define SMTP_EHLO_H

#include <stdbool.h>
#include <stdint.h>

/* What the smarthost offers in its reply to EHLO (RFC 5321, 4.1.1.1). */
struct capabilities {
	bool pipelining;	/* RFC 2920 */
	bool chunking;		/* RFC 3030 */
	bool eightbitmime;	/* RFC 6152 */
	bool starttls;		/* RFC 3207 */
	bool dsn;		/* RFC 3461 */
	bool smtputf8;		/* RFC 6531 */
	bool require_tls;	/* RFC 8689 */
	bool size;		/* RFC 1870 */
	uint64_t size_limit;	/* in bytes; 0: none stated */
	uint64_t mail_max;	/* transactions; RFC 9422; 0: not limited */
	uint64_t rcpt_max;	/* recipients of each; 0: not limited */
	uint64_t auth;		/* mechanisms that we know; RFC 4954 */
	char mechanisms[128];	/* all that are offered, as text */
};

/*
 * Takes the text of a reply, its lines parted by LF; the first line is the
 * smarthost's name and greeting.  Unknown keywords and bad parameters are
 * passed over, as the RFC asks for.
 */
void ehlo_parse(const char *text, struct capabilities *);

#endif
