#include <config.h>

#include "spool/answer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "mail/envelope.h"
#include "spool/spool.h"

#define ANSWER_NAME "answer"

enum { ANSWER_MAX = 2048 };

bool
answer_is_wanted(const struct envelope *e, uid_t uid)
{
	return uid == geteuid() && e->envid != NULL && e->nrecipients > 0 &&
	    strncmp(e->envid, ANSWER_PREFIX, strlen(ANSWER_PREFIX)) == 0;
}

/* The one that tells most: who has it not, for good or for now. */
static const struct recipient *
choose(const struct envelope *e)
{
	static const enum recipient_state order[] = {
		RECIPIENT_DUE, RECIPIENT_FAILED,
	};

	for (size_t n = 0; n < sizeof(order) / sizeof(order[0]); n++)
		for (size_t i = 0; i < e->nrecipients; i++)
			if (e->recipients[i].state == order[n])
				return &e->recipients[i];
	return &e->recipients[0];
}

int
answer_write(int spool, const struct envelope *e)
{
	const struct recipient *r = choose(e);
	struct buf text = { 0 };
	int result;

	buf_printf(&text, "%s %c <%s>: %s\n", e->envid, r->state, r->address,
	    envelope_reason_text(r));
	result = spool_replace(spool, ANSWER_NAME, &text);
	buf_free(&text);
	return result;
}

/* "ENVID STATE TEXT".  1, or 0 when it is another's. */
static int
parse(const char *text, const char *envid, struct answer *a)
{
	size_t len = strlen(envid);

	if (strncmp(text, envid, len) != 0 || text[len] != ' ')
		return 0;
	text += len + 1;
	a->state = (unsigned char)text[0];
	if (a->state != RECIPIENT_DUE && a->state != RECIPIENT_DELIVERED &&
	    a->state != RECIPIENT_FAILED)
		return 0;
	if (text[1] != ' ')
		return 0;
	strlcpy(a->text, text + 2, sizeof(a->text));
	a->text[strcspn(a->text, "\n")] = '\0';
	return 1;
}

int
answer_read(int spool, const char *envid, struct answer *a)
{
	struct buf text = { 0 };
	int result;

	if (io_read_file(spool, ANSWER_NAME, &text, ANSWER_MAX) == -1)
		result = errno == ENOENT ? 0 : -1;
	else
		result = text.len > 0 ? parse(text.data, envid, a) : 0;
	buf_free(&text);
	return result;
}

void
answer_remove(int spool)
{
	unlinkat(spool, ANSWER_NAME, 0);
}
