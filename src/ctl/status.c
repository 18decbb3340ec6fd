#include <config.h>

#include "ctl/status.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/log.h"
#include "base/number.h"
#include "base/xmalloc.h"
#include "ctl/helper.h"
#include "mail/trouble.h"
#include "spool/census.h"
#include "spool/conffile.h"
#include "spool/config.h"
#include "spool/errand.h"
#include "spool/owner.h"
#include "spool/running.h"
#include "spool/status.h"
#include "spool/value.h"

/* The exit statuses of monitoring plugins. */
enum level {
	LEVEL_OK,
	LEVEL_WARNING,
	LEVEL_CRITICAL,
	LEVEL_UNKNOWN,
};

/* From where on something is worth this level; 0: never. */
struct limit_pair {
	uint64_t warning;
	uint64_t critical;
};

struct limits {
	struct limit_pair age;		/* of the oldest, seconds */
	struct limit_pair waiting;	/* messages, as is the next */
	struct limit_pair failed;
	bool on_demand;			/* it need not be running */
};

/* What there is to say, and how bad the worst of it is. */
struct report {
	enum level level;
	struct buf text;
	struct buf data;	/* for programs, after a "|" */
};

static const char usage[] = "usage: onehopctl [-C file] status [-d] "
    "[-w age] [-c age] [-W n] [-K n] [-f n] [-F n]";

static const struct option options[] = {
	{ "on-demand", no_argument, NULL, 'd' },
	{ "warning", required_argument, NULL, 'w' },
	{ "critical", required_argument, NULL, 'c' },
	{ "warning-messages", required_argument, NULL, 'W' },
	{ "critical-messages", required_argument, NULL, 'K' },
	{ "warning-failed", required_argument, NULL, 'f' },
	{ "critical-failed", required_argument, NULL, 'F' },
	{ NULL, 0, NULL, 0 },
};

static void __attribute__((__format__(printf, 3, 4)))
say(struct report *r, enum level level, const char *fmt, ...)
{
	va_list ap;

	if (level > r->level)
		r->level = level;
	if (r->text.len > 0)
		buf_adds(&r->text, "; ");
	va_start(ap, fmt);
	buf_vprintf(&r->text, fmt, ap);
	va_end(ap);
}

/* What the smarthost says is not to look like data. */
static int
finish(struct report *r)
{
	static const char *const names[] = {
		"OK", "WARNING", "CRITICAL", "UNKNOWN",
	};

	for (size_t i = 0; i < r->text.len; i++)
		if (r->text.data[i] == '|')
			r->text.data[i] = '/';
	printf("ONEHOP %s: %s%s%s\n", names[r->level], r->text.data,
	    r->data.len > 0 ? " | " : "", r->data.len > 0 ? r->data.data : "");
	buf_free(&r->text);
	buf_free(&r->data);
	return (int)r->level;
}

static int
unknown(const char *why)
{
	struct report r = { 0 };

	say(&r, LEVEL_UNKNOWN, "%s", why);
	return finish(&r);
}

static int
parse_number(const char *text, uint64_t *number)
{
	return number_parse(text, strlen(text), 10, UINT32_MAX, number);
}

static int
parse_age(const char *text, uint64_t *seconds)
{
	return value_delay(text, 1, UINT32_MAX, seconds) == NULL ? 0 : -1;
}

static int
parse_option(struct limits *l, int c)
{
	switch (c) {
	case 'd':
		l->on_demand = true;
		return 0;
	case 'w':
		return parse_age(optarg, &l->age.warning);
	case 'c':
		return parse_age(optarg, &l->age.critical);
	case 'W':
		return parse_number(optarg, &l->waiting.warning);
	case 'K':
		return parse_number(optarg, &l->waiting.critical);
	case 'f':
		return parse_number(optarg, &l->failed.warning);
	case 'F':
		return parse_number(optarg, &l->failed.critical);
	default:
		return -1;
	}
}

static int
parse(struct limits *l, int argc, char **argv)
{
	int c;

	*l = (struct limits){
		.age = { .warning = 60 * 60, .critical = 24 * 60 * 60 },
	};
	while ((c = getopt_long(argc, argv, "dw:c:W:K:f:F:", options,
	    NULL)) != -1)
		if (parse_option(l, c) == -1)
			return -1;
	return optind == argc ? 0 : -1;
}

static enum level
level_of(const struct limit_pair *p, uint64_t value)
{
	if (p->critical > 0 && value >= p->critical)
		return LEVEL_CRITICAL;
	return p->warning > 0 && value >= p->warning ? LEVEL_WARNING :
	    LEVEL_OK;
}

static void
add_limit(struct buf *out, uint64_t limit)
{
	buf_addc(out, ';');
	if (limit > 0)
		buf_printf(out, "%" PRIu64, limit);
}

/* One value for programs, in the form of monitoring plugins. */
static void
add_data(struct report *r, const char *name, uint64_t value, const char *unit,
    const struct limit_pair *p)
{
	buf_printf(&r->data, "%s%s=%" PRIu64 "%s", r->data.len > 0 ? " " : "",
	    name, value, unit);
	add_limit(&r->data, p->warning);
	add_limit(&r->data, p->critical);
	buf_adds(&r->data, ";0");
}

/* In a unit in which it is a number that says something. */
static void
print_age(char out[32], uint64_t seconds)
{
	static const struct {
		const char *unit;
		uint64_t seconds;
	} units[] = {
		{ "days", 24 * 60 * 60 }, { "hours", 60 * 60 },
		{ "minutes", 60 }, { "seconds", 1 },
	};
	size_t i = 0;

	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	snprintf(out, 32, "%" PRIu64 " %s", seconds / units[i].seconds,
	    units[i].unit);
}

/* A clock that was set back makes nothing wait for less than no time. */
static uint64_t
age_of(const struct counted *c)
{
	time_t now = date_seconds(), arrival = (time_t)(c->oldest / 1000000);

	return c->messages > 0 && arrival < now ? (uint64_t)(now - arrival) :
	    0;
}

static void
judge_waiting(struct report *r, const struct limits *l,
    const struct counted *c)
{
	uint64_t age = age_of(c);
	enum level by_age = level_of(&l->age, age);
	enum level by_number = level_of(&l->waiting, c->messages);
	char text[32];

	print_age(text, age);
	if (c->messages == 0)
		say(r, LEVEL_OK, "no messages wait");
	else if (c->messages == 1)
		say(r, by_age > by_number ? by_age : by_number,
		    "1 message waits, for %s", text);
	else
		say(r, by_age > by_number ? by_age : by_number,
		    "%" PRIu64 " messages wait, the oldest for %s",
		    c->messages, text);
	add_data(r, "waiting", c->messages, "", &l->waiting);
	add_data(r, "oldest", age, "s", &l->age);
}

/* What is somewhere else than in the queue, if there is any. */
static void
judge_others(struct report *r, const char *name, const struct counted *c,
    const struct limit_pair *p)
{
	if (c->messages > 0)
		say(r, level_of(p, c->messages), "%" PRIu64 " %s",
		    c->messages, name);
	add_data(r, name, c->messages, "", p);
}

/* In the flusher's words, or, for whoever may not read them, in ours. */
static void
judge_relay(struct report *r, const struct status *s, bool all)
{
	char date[DATE_SIZE];

	date_short(date, (time_t)s->since);
	if (s->trouble == TROUBLE_RATE)
		say(r, LEVEL_OK, "mail waits since %s: %s", date, s->reason);
	else
		say(r, LEVEL_WARNING, "cannot send since %s: %s", date, all ?
		    s->reason : trouble_text((enum trouble)s->trouble));
}

static int
judge(int spool, const struct limits *l, bool all)
{
	static const struct limit_pair none = { 0 };
	struct report r = { 0 };
	struct census census;
	struct counted waiting;
	struct status status;
	int troubled = status_read(spool, &status);
	int running = running_flusher(spool);

	if (troubled == -1 || running == -1 ||
	    census_take(&census, spool) == -1) {
		say(&r, LEVEL_UNKNOWN, "cannot read the spool: %s",
		    strerror(errno));
		return finish(&r);
	}
	if (!l->on_demand && running == 0)
		say(&r, LEVEL_CRITICAL, "onehop-flush is not running");
	if (troubled == 1)
		judge_relay(&r, &status, all);
	waiting = census_waiting(&census);
	judge_waiting(&r, l, &waiting);
	judge_others(&r, "held", &census.held, &none);
	judge_others(&r, "failed", &census.failed, &l->failed);
	judge_others(&r, "corrupt", &census.corrupt, &none);
	return finish(&r);
}

/* There is no helper where there is no onehop-flush, nor anything to see. */
static int
not_running(const struct limits *l)
{
	struct report r = { 0 };

	if (l->on_demand)
		say(&r, LEVEL_UNKNOWN, "onehop-flush, which lets users see "
		    "this, is not running");
	else
		say(&r, LEVEL_CRITICAL, "onehop-flush is not running");
	return finish(&r);
}

static int
by_helper(int spool, const struct limits *l, int argc, char **argv)
{
	char **words = xcalloc((size_t)argc + 2, sizeof(*words));
	struct buf error = { 0 };
	int level;

	words[0] = (char *)"onehopctl";
	memcpy(words + 1, argv, (size_t)argc * sizeof(*words));
	level = errand_run(spool, words, &error);
	if (level == -1)
		level = errno == ENOENT || errno == ECONNREFUSED ?
		    not_running(l) : unknown(strerror(errno));
	else if (error.len > 0)
		level = unknown(error.data);
	else if (level > LEVEL_UNKNOWN)
		level = LEVEL_UNKNOWN;
	buf_free(&error);
	free(words);
	return level;
}

/* The spool, or -1 when it was said why it cannot be opened. */
static int
open_spool(const char *config)
{
	struct buf text = { 0 };
	struct config *cfg = conffile_load(config, &text);
	int spool = -1;

	if (text.len > 0) {
		text.data[strcspn(text.data, "\n")] = '\0';
		unknown(text.data);
	} else if ((spool = owner_open_spool(cfg->spool)) == -1) {
		buf_printf(&text, "cannot open the spool %s: %s", cfg->spool,
		    strerror(errno));
		unknown(text.data);
	}
	config_free(cfg);
	buf_free(&text);
	return spool;
}

/* Monitoring reads stdout only, and knows no other status. */
static void
at_fatal(int status)
{
	(void)status;
	exit(unknown("trouble on this machine; stderr has more"));
}

int
verb_status(const char *config, int argc, char **argv)
{
	struct limits l;
	int spool;

	log_at_fatal(at_fatal);
	if (parse(&l, argc, argv) == -1)
		return unknown(usage);
	spool = open_spool(config);
	if (spool == -1)
		return LEVEL_UNKNOWN;
	return helper_is_needed(spool) ? by_helper(spool, &l, argc, argv) :
	    judge(spool, &l, true);
}

int
status_for_user(const char *config, int argc, char **argv)
{
	struct limits l;
	int spool;

	if (parse(&l, argc, argv) == -1)
		return unknown(usage);
	spool = open_spool(config);
	return spool == -1 ? LEVEL_UNKNOWN : judge(spool, &l, false);
}
