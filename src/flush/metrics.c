#include <config.h>

#include "flush/metrics.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/exposition.h"
#include "base/histogram.h"
#include "base/xmalloc.h"
#include "mail/envelope.h"
#include "mail/trouble.h"

#define NUMBER(array) (sizeof(array) / sizeof((array)[0]))

/* A delay is that of a network, or of a queue that waits, up to days. */
static const double delays[] = {
	0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400,
	432000,
};

static const double durations[] = {
	0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
};

/* In the words of the log. */
static const struct {
	int state;		/* enum recipient_state */
	const char *status;
} outcomes[] = {
	{ RECIPIENT_DELIVERED, "sent" },
	{ RECIPIENT_DUE, "deferred" },
	{ RECIPIENT_FAILED, "bounced" },
};

struct tally {
	int64_t started;
	uint64_t recipients[NUMBER(outcomes)];
	uint64_t duplicates;
	uint64_t sessions;
	uint64_t failures[TROUBLE_RATE];
	struct histogram delay;
	struct histogram setup;
	struct histogram transaction;
};

void
metrics_init(struct metrics *m, int64_t now)
{
	*m = (struct metrics){ .changed = true };
	m->tally = xcalloc(1, sizeof(*m->tally));
	m->tally->started = now;
	histogram_init(&m->tally->delay, delays, NUMBER(delays));
	histogram_init(&m->tally->setup, durations, NUMBER(durations));
	histogram_init(&m->tally->transaction, durations, NUMBER(durations));
}

void
metrics_free(struct metrics *m)
{
	free(m->tally);
}

void
metrics_recipient(struct metrics *m, int state, double delay)
{
	for (size_t i = 0; i < NUMBER(outcomes); i++)
		m->tally->recipients[i] += outcomes[i].state == state;
	if (state == RECIPIENT_DELIVERED)
		histogram_add(&m->tally->delay, delay);
	m->changed = true;
}

void
metrics_duplicate(struct metrics *m)
{
	m->tally->duplicates++;
	m->changed = true;
}

void
metrics_transaction(struct metrics *m, double seconds)
{
	histogram_add(&m->tally->transaction, seconds);
	m->changed = true;
}

void
metrics_session(struct metrics *m, double setup)
{
	m->tally->sessions++;
	histogram_add(&m->tally->setup, setup);
	m->changed = true;
}

void
metrics_failure(struct metrics *m, int trouble)
{
	m->tally->failures[trouble]++;
	m->changed = true;
}

void
metrics_waits(struct metrics *m, int64_t open_since, int64_t rate_since)
{
	m->open_since = open_since;
	m->rate_since = rate_since;
	m->changed = true;
}

static void
print_flusher(const struct tally *t, struct buf *out)
{
	static const char info[] = "onehop_build_info";
	static const char start[] = "onehop_start_time_seconds";

	exposition_family(out, info, "gauge", "The version of onehop-flush.");
	exposition_integer(out, info, "version", PACKAGE_VERSION, 1);
	exposition_family(out, start, "gauge", "When onehop-flush began.");
	exposition_integer(out, start, NULL, NULL, (uint64_t)t->started);
}

static void
print_recipients(const struct tally *t, struct buf *out)
{
	static const char recipients[] = "onehop_recipients_total";
	static const char duplicates[] = "onehop_possible_duplicates_total";

	exposition_family(out, recipients, "counter",
	    "What became of recipients, at each attempt.");
	for (size_t i = 0; i < NUMBER(outcomes); i++)
		exposition_integer(out, recipients, "status",
		    outcomes[i].status, t->recipients[i]);
	exposition_family(out, duplicates, "counter",
	    "Messages of which the reply to the end of data was lost.");
	exposition_integer(out, duplicates, NULL, NULL, t->duplicates);
}

static void
print_sessions(const struct tally *t, struct buf *out)
{
	static const char sessions[] = "onehop_sessions_total";
	static const char failures[] = "onehop_session_failures_total";

	exposition_family(out, sessions, "counter",
	    "Sessions with the smarthost that were ready for mail.");
	exposition_integer(out, sessions, NULL, NULL, t->sessions);
	exposition_family(out, failures, "counter",
	    "Sessions that could not be begun or broke off, by reason.");
	for (int i = 0; i < TROUBLE_RATE; i++)
		exposition_integer(out, failures, "reason",
		    trouble_name((enum trouble)i), t->failures[i]);
}

/* Whether, and, only if so, since when. */
static void
print_wait(struct buf *out, const char *name, const char *help,
    const char *since_name, const char *since_help, int64_t since)
{
	exposition_family(out, name, "gauge", help);
	exposition_integer(out, name, NULL, NULL, since != 0);
	exposition_family(out, since_name, "gauge", since_help);
	if (since != 0)
		exposition_integer(out, since_name, NULL, NULL,
		    (uint64_t)since);
}

void
metrics_print(const struct metrics *m, struct buf *out)
{
	const struct tally *t = m->tally;

	print_flusher(t, out);
	print_wait(out, "onehop_breaker_open",
	    "Whether all mail waits because the smarthost has failed.",
	    "onehop_breaker_open_timestamp_seconds",
	    "Since when, if it does.", m->open_since);
	print_wait(out, "onehop_rate_waiting",
	    "Whether mail waits because a rate is used up.",
	    "onehop_rate_waiting_timestamp_seconds",
	    "Since when, if it does.", m->rate_since);
	print_recipients(t, out);
	print_sessions(t, out);
	exposition_histogram(out, "onehop_delivery_delay_seconds",
	    "From the arrival of a message to its acceptance, for each "
	    "recipient.", &t->delay);
	exposition_histogram(out, "onehop_session_setup_seconds",
	    "From the start of an agent until its session was ready.",
	    &t->setup);
	exposition_histogram(out, "onehop_transaction_seconds",
	    "From MAIL to the verdict, for each transaction.",
	    &t->transaction);
}
