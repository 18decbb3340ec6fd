#include <config.h>

#include "flush/smarthost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/log.h"
#include "flush/metrics.h"
#include "flush/schedule.h"
#include "mail/trouble.h"
#include "spool/config.h"
#include "spool/status.h"

enum { REMEMBERED = 10 * 60 * 1000 };	/* ms; see smarthost.h */

static void
write_down(struct smarthost *s)
{
	bool open = s->breaker->open;
	struct status status = {
		.since = open ? s->since : s->delayed_since,
		.trouble = open ? s->trouble : TROUBLE_RATE,
	};
	int result;

	if (open)
		strlcpy(status.reason, s->reason, sizeof(status.reason));
	else
		snprintf(status.reason, sizeof(status.reason), "rate %s is "
		    "used up; mail goes out as it allows", s->rate);
	result = status_write(s->spool,
	    status.since != 0 ? &status : NULL);
	if (result == -1)
		log_warn("cannot write down the state of the smarthost");
	metrics_waits(s->metrics, open ? s->since : 0, s->delayed_since);
}

void
smarthost_init(struct smarthost *s, struct breaker *breaker,
    struct metrics *metrics, int spool)
{
	*s = (struct smarthost){
		.spool = spool,
		.breaker = breaker,
		.metrics = metrics,
	};
	write_down(s);
}

/* For want of a network, as far as is known. */
static bool
is_unreachable(const struct smarthost *s)
{
	return s->trouble == TROUBLE_RESOLVE ||
	    s->trouble == TROUBLE_CONNECT || s->trouble == TROUBLE_LOST;
}

void
smarthost_failed(struct smarthost *s, const struct config *cfg,
    const char *reason, int trouble)
{
	bool was_open = s->breaker->open;

	s->trouble = trouble;
	if (!is_unreachable(s))
		s->breaker->news = false;
	breaker_trip(s->breaker, date_monotonic(),
	    (int64_t)cfg->relay_retry_min * 1000,
	    (int64_t)cfg->relay_retry_max * 1000,
	    (double)arc4random_uniform(1000) / 1000);
	if (was_open && strcmp(s->reason, reason) == 0)
		return;
	if (!was_open)
		s->since = date_seconds();
	strlcpy(s->reason, reason, sizeof(s->reason));
	write_down(s);
	log_warnx("cannot send: %s; all mail waits", s->reason);
}

void
smarthost_works(struct smarthost *s)
{
	s->breaker->news = false;
	if (!s->breaker->open)
		return;
	breaker_reset(s->breaker);
	write_down(s);
	log_info("sending again after %lld seconds",
	    (long long)(date_seconds() - s->since));
}

void
smarthost_answered(struct smarthost *s, const char *relay)
{
	const char *address = strchr(relay, '[');
	size_t len = address != NULL ? strcspn(++address, "]") : 0;

	s->address[0] = '\0';
	if (len < sizeof(s->address))
		strlcpy(s->address, address != NULL ? address : "", len + 1);
	s->answered = date_monotonic();
}

const char *
smarthost_address(const struct smarthost *s)
{
	if (s->address[0] == '\0' ||
	    date_monotonic() - s->answered > REMEMBERED)
		return NULL;
	return s->address;
}

void
smarthost_retry(struct smarthost *s)
{
	breaker_retry(s->breaker);
	s->reason[0] = '\0';
}

void
smarthost_renew(struct smarthost *s)
{
	s->breaker->patience = 0;
	smarthost_retry(s);
}

void
smarthost_delays(struct smarthost *s, const char *rate)
{
	if (rate != NULL && s->delayed_since == 0) {
		s->delayed_since = date_seconds();
		strlcpy(s->rate, rate, sizeof(s->rate));
		write_down(s);
		log_info("rate %s is used up: mail waits", s->rate);
	} else if (rate == NULL && s->delayed_since != 0) {
		s->delayed_since = 0;
		write_down(s);
		log_info("no mail waits for rate %s any more", s->rate);
	}
}

void
smarthost_network_came(struct smarthost *s)
{
	int64_t clock = date_monotonic(), until = s->breaker->until;

	if (s->breaker->open && !is_unreachable(s))
		return;
	breaker_hurry(s->breaker, clock);
	if (s->breaker->until < until)
		log_info("the network has changed; trying again");
}

bool
smarthost_allows(const struct smarthost *s, int64_t *wait)
{
	int64_t clock = date_monotonic();

	*wait = s->breaker->until - clock;
	return breaker_allows(s->breaker, clock);
}
