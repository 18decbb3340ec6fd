#include <config.h>

#include "mail/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/number.h"
#include "base/xmalloc.h"
#include "mail/job.h"
#include "mail/trouble.h"
#include "mail/verdict.h"

static const char *const words[] = {
	[REPORT_READY] = "ready",
	[REPORT_SENDING] = "sending",
	[REPORT_DONE] = "done",
	[REPORT_ENDED] = "ended",
};
enum { NWORDS = sizeof(words) / sizeof(words[0]) };

/*
 * A report is lines: "WORD SLOT WINDOW RECIPIENTS DSN IN-STEP MILLISECONDS
 * VERDICTS RELAY", and as many as there are verdicts: "CLASS OUTCOME DUPLICATE
 * TROUBLE STATUS TEXT".
 */
void
report_encode(const struct report *r, struct buf *out)
{
	double seconds = r->connecting + r->sending;

	buf_printf(out, "%s %" PRIu32 " %u %u %d %d %.0f %zu %s\n",
	    words[r->kind], r->slot, r->window, r->recipients, r->dsn,
	    r->in_step, seconds * 1000, r->nverdicts,
	    r->relay != NULL ? r->relay : "");
	for (size_t i = 0; i < r->nverdicts; i++) {
		const struct verdict *v = &r->verdicts[i];

		buf_printf(out, "%d %d %d %d %s %s\n", v->class, v->outcome,
		    v->possible_duplicate, v->trouble, v->status, v->text);
	}
}

static int
decode_kind(enum report_kind *kind, const char *word)
{
	int i = 0;

	while (i < NWORDS && strcmp(word, words[i]) != 0)
		i++;
	*kind = (enum report_kind)i;
	return i < NWORDS ? 0 : -1;
}

static int
decode_first(struct report *r, char *line)
{
	uint64_t slot, window, recipients, dsn, in_step, ms, nverdicts;

	if (decode_kind(&r->kind, strsep(&line, " ")) == -1 ||
	    number_word(&line, UINT32_MAX, &slot) == -1 ||
	    number_word(&line, UINT16_MAX, &window) == -1 ||
	    number_word(&line, UINT32_MAX, &recipients) == -1 ||
	    number_word(&line, 1, &dsn) == -1 ||
	    number_word(&line, 1, &in_step) == -1 ||
	    number_word(&line, UINT32_MAX, &ms) == -1 ||
	    number_word(&line, JOB_RECIPIENTS, &nverdicts) == -1 ||
	    line == NULL)
		return -1;
	r->slot = (uint32_t)slot;
	r->window = (unsigned)window;
	r->recipients = (unsigned)recipients;
	r->dsn = dsn == 1;
	r->in_step = in_step == 1;
	r->nverdicts = nverdicts;
	r->relay = line;
	if (r->kind == REPORT_READY)
		r->connecting = (double)ms / 1000;
	else
		r->sending = (double)ms / 1000;
	return 0;
}

/* Cuts off the next line, which has to have its end.  NULL: it has not. */
static char *
next_line(char **packet)
{
	char *line = *packet, *end = strchr(line, '\n');

	if (end == NULL)
		return NULL;
	*end = '\0';
	*packet = end + 1;
	return line;
}

static int
decode_verdict(struct verdict *v, char *line)
{
	uint64_t class, outcome, duplicate, trouble;
	const char *status;

	if (number_word(&line, VERDICT_LOCAL, &class) == -1 ||
	    number_word(&line, VERDICT_PERMANENT, &outcome) == -1 ||
	    number_word(&line, 1, &duplicate) == -1 ||
	    number_word(&line, TROUBLE_RATE - 1, &trouble) == -1 ||
	    (status = strsep(&line, " ")) == NULL || line == NULL ||
	    strlen(status) >= sizeof(v->status))
		return -1;
	*v = verdict_make((enum verdict_class)class,
	    (enum verdict_outcome)outcome, status, "%s", line);
	v->possible_duplicate = duplicate == 1;
	v->trouble = (int)trouble;
	return 0;
}

static int
decode_verdicts(struct report *r, char **packet)
{
	char *line;

	for (size_t i = 0; i < r->nverdicts; i++)
		if ((line = next_line(packet)) == NULL ||
		    decode_verdict(&r->verdicts[i], line) == -1)
			return -1;
	return 0;
}

int
report_decode(struct report *r, char **packet)
{
	char *line;

	*r = (struct report){ 0 };
	if (**packet == '\0')
		return 0;
	line = next_line(packet);
	if (line == NULL || decode_first(r, line) == -1 ||
	    (r->nverdicts > 0) != (r->kind >= REPORT_DONE))
		return -1;
	r->verdicts = xcalloc(r->nverdicts + 1, sizeof(*r->verdicts));
	if (decode_verdicts(r, packet) == 0)
		return 1;
	report_free(r);
	return -1;
}

void
report_free(struct report *r)
{
	free(r->verdicts);
	r->verdicts = NULL;
	r->nverdicts = 0;
}
