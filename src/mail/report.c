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
#include "mail/verdict.h"

static const char *const words[] = {
	[REPORT_READY] = "ready",
	[REPORT_SENDING] = "sending",
	[REPORT_DONE] = "done",
	[REPORT_ENDED] = "ended",
};
enum { NWORDS = sizeof(words) / sizeof(words[0]) };

/*
 * A packet is lines: "WORD SLOT WINDOW MILLISECONDS RELAY", then one for
 * each verdict: "CLASS OUTCOME DUPLICATE STATUS TEXT".
 */
void
report_encode(const struct report *r, struct buf *out)
{
	double seconds = r->connecting + r->sending;

	buf_printf(out, "%s %" PRIu32 " %u %.0f %s\n", words[r->kind],
	    r->slot, r->window, seconds * 1000,
	    r->relay != NULL ? r->relay : "");
	for (size_t i = 0; i < r->nverdicts; i++) {
		const struct verdict *v = &r->verdicts[i];

		buf_printf(out, "%d %d %d %s %s\n", v->class, v->outcome,
		    v->possible_duplicate, v->status, v->text);
	}
}

static int
decode_first(struct report *r, char *line)
{
	const char *word = strsep(&line, " ");
	uint64_t slot, window, ms;
	int kind = 0;

	while (kind < NWORDS && strcmp(word, words[kind]) != 0)
		kind++;
	if (kind == NWORDS ||
	    number_word(&line, UINT32_MAX, &slot) == -1 ||
	    number_word(&line, UINT16_MAX, &window) == -1 ||
	    number_word(&line, UINT32_MAX, &ms) == -1 || line == NULL)
		return -1;
	r->kind = (enum report_kind)kind;
	r->slot = (uint32_t)slot;
	r->window = (unsigned)window;
	r->relay = line;
	if (r->kind == REPORT_READY)
		r->connecting = (double)ms / 1000;
	else
		r->sending = (double)ms / 1000;
	return 0;
}

static int
decode_verdict(struct verdict *v, char *line)
{
	uint64_t class, outcome, duplicate;
	const char *status;

	if (number_word(&line, VERDICT_LOCAL, &class) == -1 ||
	    number_word(&line, VERDICT_PERMANENT, &outcome) == -1 ||
	    number_word(&line, 1, &duplicate) == -1 ||
	    (status = strsep(&line, " ")) == NULL || line == NULL ||
	    strlen(status) >= sizeof(v->status))
		return -1;
	*v = verdict_make((enum verdict_class)class,
	    (enum verdict_outcome)outcome, status, "%s", line);
	v->possible_duplicate = duplicate == 1;
	return 0;
}

static int
decode_verdicts(struct report *r, char *rest)
{
	char *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (r->nverdicts == JOB_RECIPIENTS ||
		    decode_verdict(&r->verdicts[r->nverdicts++], line) == -1)
			return -1;
	}
	return 0;
}

int
report_decode(struct report *r, char *packet, size_t len)
{
	char *rest = packet;

	*r = (struct report){ 0 };
	if (len == 0 || packet[len - 1] != '\n' || strlen(packet) != len)
		return -1;
	packet[len - 1] = '\0';
	if (decode_first(r, strsep(&rest, "\n")) == -1)
		return -1;
	r->verdicts = xcalloc(JOB_RECIPIENTS, sizeof(*r->verdicts));
	if (decode_verdicts(r, rest) == 0 &&
	    (r->nverdicts > 0) == (r->kind >= REPORT_DONE))
		return 0;
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
