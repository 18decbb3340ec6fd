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
	char delays[sizeof(before) * 4];

	print_delay(total, at - o->arrival);
	print_delay(before, o->taken - o->arrival);
	print_delay(active, at - o->taken - o->sending);
	print_delay(connecting, o->connecting);
	print_delay(sent, o->sending);
	snprintf(delays, sizeof(delays), "%s/%s/%s/%s", before, active,
	    connecting, sent);
	log_fields("smtp", o->id, (const struct log_field[]){
		{ LOG_ADDRESS, "to", r->address },
		{ LOG_TEXT, "relay", o->relay },
		{ LOG_NUMBER, "delay", total },
		{ LOG_TEXT, "delays", delays },
		{ LOG_TEXT, "dsn", v->status },
		{ LOG_TEXT, "status", status[r->state] },
		{ LOG_REMARK, "reason", v->text },
		{ LOG_TEXT, NULL, NULL },
	});
}
