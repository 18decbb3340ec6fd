#include <config.h>

#include "flush/outcome.h"

#include <stdio.h>

#include "base/date.h"
#include "base/log.h"
#include "mail/envelope.h"
#include "mail/verdict.h"

/* Two significant digits, as in Postfix's log. */
static void
print_delay(char out[32], double seconds)
{
	if (seconds < 0.01)
		snprintf(out, 32, "0");
	else
		snprintf(out, 32, seconds < 100 ? "%.2g" : "%.0f", seconds);
}

void
outcome_log(const struct outcome *o, const struct recipient *r,
    const struct verdict *v)
{
	static const char *const status[] = {
		[RECIPIENT_DUE] = "deferred",
		[RECIPIENT_DELIVERED] = "sent",
		[RECIPIENT_FAILED] = "bounced",
	};
	double at = date_now();
	char total[32], before[32], active[32], connecting[32], sent[32];

	print_delay(total, at - o->arrival);
	print_delay(before, o->taken - o->arrival);
	print_delay(active, at - o->taken - o->sending);
	print_delay(connecting, o->connecting);
	print_delay(sent, o->sending);
	log_event("smtp", "%s: to=<%s>, relay=%s, delay=%s, delays=%s/%s/%s/%s,"
	    " dsn=%s, status=%s (%s)", o->id, r->address, o->relay, total,
	    before, active, connecting, sent, v->status, status[r->state],
	    v->text);
}
