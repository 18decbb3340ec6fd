#include <config.h>

#include "mail/diagnosis.h"

#include <stdio.h>
#include <string.h>

#include "mail/envelope.h"
#include "mail/verdict.h"

enum {
	/*
	 * A reason has room for the longest status, and may have lost blanks
	 * at its end.
	 */
	CUT_LENGTH = ENVELOPE_REASON - 24,
};

static const char added[] = " (in reply to ";

static size_t
read_status(const char *reason, char status[12])
{
	size_t len = 0;

	if (*reason != '\0' && strchr("245", *reason) != NULL)
		len = verdict_status_length(reason, *reason);
	snprintf(status, 12, "%.*s", (int)len, reason);
	return len;
}

static bool
is_digit(char c, char least, char most)
{
	return c >= least && c <= most;
}

static bool
has_code(const char *text)
{
	return is_digit(text[0], '2', '5') && is_digit(text[1], '0', '9') &&
	    is_digit(text[2], '0', '9') && (text[3] == ' ' || text[3] == '\0');
}

/* What we added to the reply, which may have such words of its own. */
static const char *
find_added(const char *text)
{
	const char *found = NULL;

	while ((text = strstr(text, added)) != NULL)
		found = text++;
	return found;
}

/* The command that is all there is up to the closing parenthesis. */
static const char *
find_command(const char *p)
{
	const char *name;
	size_t len;

	for (int stage = 0; stage < STAGE_MAX; stage++) {
		name = stage_name((enum smtp_stage)stage);
		len = strlen(name);
		if (strncmp(p, name, len) == 0 && strcmp(p + len, ")") == 0)
			return name;
	}
	return NULL;
}

static void
read_reply(struct diagnosis *d, bool cut)
{
	const char *found = find_added(d->text);

	if (found != NULL)
		d->command = find_command(found + strlen(added));
	if (d->command != NULL)
		d->len = (size_t)(found - d->text);
	else if (!cut && (found != NULL || d->text[0] != '2'))
		return;
	d->replied = true;
	while (d->len > 0 && d->text[d->len - 1] == ' ')
		d->len--;
}

void
diagnosis_read(const char *reason, struct diagnosis *d)
{
	size_t status;

	*d = (struct diagnosis){ .text = reason };
	status = read_status(reason, d->status);
	d->text += status + strspn(reason + status, " ");
	d->len = strlen(d->text);
	if (has_code(d->text))
		read_reply(d, strlen(reason) >= CUT_LENGTH);
}
