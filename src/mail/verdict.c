#include <config.h>

#include "mail/verdict.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Too many recipients, RFC 3463. */
#define TOO_MANY "4.5.3"

struct stage {
	const char *name;
	enum verdict_class class;
	char ok;		/* the first digit of success */
};

static const struct stage stages[STAGE_MAX] = {
	[STAGE_GREETING]	= { "greeting",		VERDICT_RELAY,	'2' },
	[STAGE_EHLO]		= { "EHLO",		VERDICT_RELAY,	'2' },
	[STAGE_STARTTLS]	= { "STARTTLS",		VERDICT_RELAY,	'2' },
	[STAGE_AUTH]		= { "AUTH",		VERDICT_RELAY,	'2' },
	[STAGE_MAIL]		= { "MAIL FROM", VERDICT_MESSAGE, '2' },
	[STAGE_RCPT]		= { "RCPT TO",	VERDICT_RECIPIENT, '2' },
	[STAGE_DATA]		= { "DATA",		VERDICT_MESSAGE, '3' },
	[STAGE_BDAT]		= { "BDAT",		VERDICT_MESSAGE, '2' },
	[STAGE_END_OF_DATA]	= { "end of DATA", VERDICT_MESSAGE, '2' },
	[STAGE_RSET]		= { "RSET",		VERDICT_RELAY,	'2' },
	[STAGE_QUIT]		= { "QUIT",		VERDICT_RELAY,	'2' },
};

const char *
stage_name(enum smtp_stage stage)
{
	return stages[stage].name;
}

/* What goes into logs, spool files and packets is one printable line. */
static void
make_printable(char *text)
{
	size_t left = strlen(text), n;

	for (; left > 0; text += n, left -= n) {
		n = utf8_printable(text, left);
		if (n > 0)
			continue;
		*text = '?';
		n = 1;
	}
}

size_t
verdict_status_length(const char *text, char class)
{
	size_t n, len = 1;

	if (text[0] != class)
		return 0;
	for (int part = 0; part < 2; part++) {
		if (text[len++] != '.')
			return 0;
		for (n = 0; isdigit((unsigned char)text[len + n]); n++)
			;
		if (n < 1 || n > 3)
			return 0;
		len += n;
	}
	return text[len] == ' ' || text[len] == '\0' ? len : 0;
}

static void
set_status(struct verdict *v, char class, const char *text)
{
	size_t len = verdict_status_length(text, class);

	if (len > 0)
		snprintf(v->status, sizeof(v->status), "%.*s", (int)len, text);
	else
		snprintf(v->status, sizeof(v->status), "%c.0.0", class);
}

/*
 * RFC 5321, 4.5.3.1.10: 452, for which some say 552.  Where there is a status
 * code it tells this from a full mailbox.
 */
static bool
says_too_many(int code, const char *text)
{
	if (code != 452 && code != 552)
		return false;
	return strncmp(text, "5.5.3", 5) == 0 ||
	    (verdict_status_length(text, '4') == 0 &&
	    verdict_status_length(text, '5') == 0);
}

struct verdict
verdict_of_reply(enum smtp_stage stage, int code, const char *text)
{
	const struct stage *s = &stages[stage];
	struct verdict v = { .class = s->class };
	char digit = (char)('0' + code / 100);

	if (digit == s->ok) {
		v.outcome = VERDICT_DELIVERED;
		set_status(&v, '2', text);
		snprintf(v.text, sizeof(v.text), "%03d %s", code, text);
		make_printable(v.text);
		return v;
	}
	v.outcome = digit == '5' ? VERDICT_PERMANENT : VERDICT_TEMPORARY;
	/* It is meant as 452. */
	if (stage == STAGE_RCPT && code == 552)
		v.outcome = VERDICT_TEMPORARY;
	/* The smarthost is going, wants a login, or is out of step. */
	if (code == 421 || code == 530 || (digit != '4' && digit != '5'))
		v.class = VERDICT_RELAY;
	set_status(&v, v.outcome == VERDICT_PERMANENT ? '5' : '4', text);
	if (stage == STAGE_RCPT && says_too_many(code, text))
		strlcpy(v.status, TOO_MANY, sizeof(v.status));
	/* Too many in this session: at MAIL there are no recipients yet. */
	if (stage == STAGE_MAIL && strcmp(v.status, "4.5.3") == 0)
		v.class = VERDICT_RELAY;
	snprintf(v.text, sizeof(v.text), "%03d %.400s (in reply to %s)", code,
	    text, s->name);
	make_printable(v.text);
	return v;
}

bool
verdict_is_too_many(const struct verdict *v)
{
	return v->class == VERDICT_RECIPIENT &&
	    v->outcome == VERDICT_TEMPORARY &&
	    strcmp(v->status, TOO_MANY) == 0;
}

struct verdict
verdict_make(enum verdict_class class, enum verdict_outcome outcome,
    const char *status, const char *fmt, ...)
{
	struct verdict v = { .class = class, .outcome = outcome };
	va_list ap;

	snprintf(v.status, sizeof(v.status), "%s", status);
	va_start(ap, fmt);
	vsnprintf(v.text, sizeof(v.text), fmt, ap);
	va_end(ap);
	make_printable(v.text);
	return v;
}
