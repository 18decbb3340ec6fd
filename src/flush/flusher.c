#include <config.h>

#include "flush/flusher.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/log.h"
#include "flush/allowance.h"
#include "flush/exporter.h"
#include "flush/failed.h"
#include "flush/helpers.h"
#include "flush/item.h"
#include "flush/metrics.h"
#include "flush/network.h"
#include "flush/orphans.h"
#include "flush/outbox.h"
#include "flush/pool.h"
#include "flush/queue.h"
#include "flush/rescan.h"
#include "flush/scan.h"
#include "flush/schedule.h"
#include "flush/service.h"
#include "flush/settlement.h"
#include "flush/signals.h"
#include "flush/smarthost.h"
#include "flush/summary.h"
#include "flush/transit.h"
#include "mail/trouble.h"
#include "spool/conffile.h"
#include "spool/config.h"
#include "spool/entry.h"
#include "spool/trigger.h"

/* All in milliseconds. */
enum {
	/* For messages on their way when we are told to stop. */
	STOP_WAIT = 30 * 1000,
	/* With until_empty: there may be somebody who has just come. */
	REST = 1000,
};

#define NEVER INT64_MAX

struct flusher {
	const struct flusher_options *opts;
	struct config *cfg;
	int spool;
	int trigger;
	struct queue queue;
	struct breaker breaker;
	struct smarthost smarthost;
	struct allowance allowance;
	struct outbox outbox;
	struct settlement settlement;
	struct failed failed;
	struct transit transit;
	struct pool pool;
	struct helpers helpers;
	struct network network;
	struct metrics metrics;
	struct exporter exporter;
	struct rescan rescan;
	struct service *service;
	bool mistaken;		/* the configuration could not be read again */
	int64_t kill_at;	/* these are monotonic, or NEVER */
	int64_t rest_at;
};

static void
use_config(struct flusher *f, struct config *cfg)
{
	config_free(f->cfg);
	f->cfg = cfg;
	f->transit.cfg = cfg;
	f->settlement.cfg = cfg;
	f->exporter.cfg = cfg;
	allowance_set(&f->allowance, f->spool, cfg);
	log_to((enum log_target)cfg->log);
}

/* A configuration with a mistake in it changes nothing. */
static void
reload(struct flusher *f)
{
	struct buf errors = { 0 };
	struct config *cfg;

	service_reload(f->service);
	cfg = conffile_load(f->opts->config, &errors);
	f->mistaken = errors.len > 0;
	if (f->mistaken) {
		log_warn_lines(errors.data);
		log_warnx("the configuration stays as it was");
		config_free(cfg);
	} else {
		if (strcmp(cfg->spool, f->cfg->spool) != 0)
			log_warnx("another spool takes a restart");
		if (f->opts->confined && cfg->password_command != NULL)
			log_warnx("until a restart, password-command cannot "
			    "write outside the spool");
		use_config(f, cfg);
		pool_retire(&f->pool);
		pool_forget(&f->pool);
		smarthost_renew(&f->smarthost);
		log_info("configuration read again");
	}
	buf_free(&errors);
}

/* One hint of the trigger. */
static void
take_hint(void *arg, const char *line)
{
	struct flusher *f = arg;
	size_t len = strlen(TRIGGER_RETRY);
	bool retry = strncmp(line, TRIGGER_RETRY, len) == 0;
	int64_t now = date_seconds();
	struct entry entry;
	struct item item;

	if (strcmp(line, TRIGGER_COUNT) == 0) {
		exporter_ask(&f->exporter);
		return;
	}
	f->metrics.changed = true;
	rescan_expect(&f->rescan, date_monotonic());
	if (strcmp(line, TRIGGER_FLUSH) == 0) {
		rescan_want(&f->rescan, true);
		smarthost_retry(&f->smarthost);
	} else if (entry_parse(&entry, retry ? line + len : line) == 0) {
		item = (struct item){
			.arrival = entry.arrival,
			.next = entry.next,
			.due = schedule_due((int64_t)(entry.arrival / 1000000),
			    entry.next, now, retry ? now : INT64_MAX),
		};
		if (retry)
			smarthost_retry(&f->smarthost);
		if (rescan_takes_hint(&f->rescan))
			queue_add(&f->queue, &item);
	} else {
		/* It may have been run into by what is no hint. */
		rescan_want(&f->rescan, false);
	}
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return b < a ? b : a;
}

/*
 * How long there is nothing to do but wait for others: until a message can be
 * sent, or one of the timers.  NEVER: for ever.
 */
static int64_t
wait_time(const struct flusher *f, int64_t clock)
{
	int64_t until = earlier(f->transit.sync_at, f->kill_at);

	until = earlier(until, service_next(f->service));
	if (f->kill_at == NEVER) {
		until = earlier(until, rescan_next(&f->rescan));
		until = earlier(until, f->failed.at);
		until = earlier(until, f->exporter.at);
		until = earlier(until, f->rest_at);
		until = earlier(until, pool_next(&f->pool, clock));
	}
	if (until == NEVER)
		return NEVER;
	return until > clock ? until - clock : 0;
}

static void
take_hints(struct flusher *f)
{
	if (trigger_read(f->trigger, take_hint, f) == 1)
		rescan_want(&f->rescan, false);
}

/* To die would be to forget what is on its way. */
static void
poll_failed(void)
{
	static const struct timespec pause = { .tv_sec = 1 };

	if (errno != ENOMEM)
		fatal(EX_OSERR, "ppoll");
	log_warn("cannot wait for news");
	nanosleep(&pause, NULL);
}

static void
wait_and_receive(struct flusher *f, const sigset_t *mask)
{
	struct pollfd fds[3 + POOL_AGENTS];
	int64_t ms = wait_time(f, date_monotonic());
	struct timespec timeout = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000,
	};
	nfds_t n = 3 + pool_poll(&f->pool, fds + 3);
	int ready;

	fds[0] = (struct pollfd){ .fd = f->trigger, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = f->helpers.sock, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = f->network.fd, .events = POLLIN };
	transit_wait(&f->transit, pool_agents(&f->pool) > 0);
	ready = ppoll(fds, n, ms != NEVER ? &timeout : NULL, mask);
	if (ready == -1 && errno != EINTR)
		poll_failed();
	if (ready > 0 && fds[0].revents != 0)
		take_hints(f);
	if (ready > 0 && fds[1].revents != 0)
		helpers_accept(&f->helpers);
	if (ready > 0 && network_has_news(&f->network))
		smarthost_network_came(&f->smarthost);
	helpers_reap(&f->helpers);
	pool_receive(&f->pool);
	orphans_reap(&f->pool, &f->helpers);
}

/* With once: whether everything that can be tried has been. */
static bool
has_tried_all(const struct flusher *f)
{
	if (transit_is_busy(&f->transit))
		return false;
	return f->breaker.open || allowance_left(&f->allowance) == 0 ||
	    queue_next(&f->queue) > date_seconds();
}

/* With until_empty: whether nothing waits or is at work, as far as is known. */
static bool
is_at_rest(const struct flusher *f)
{
	return queue_next(&f->queue) == NEVER && pool_agents(&f->pool) == 0 &&
	    !helpers_work(&f->helpers) && f->rescan.at == NEVER &&
	    !f->outbox.stuck;
}

static bool
is_to_stop(struct flusher *f, int64_t clock)
{
	if (!f->opts->until_empty || !is_at_rest(f))
		f->rest_at = NEVER;
	else if (f->rest_at == NEVER)
		f->rest_at = clock + REST;
	return signals_want_stop() || clock >= f->rest_at ||
	    (f->opts->once && has_tried_all(f));
}

static void
begin_to_stop(struct flusher *f, int64_t clock)
{
	f->kill_at = clock + STOP_WAIT;
	service_stop(f->service);
	helpers_close(&f->helpers);
	pool_retire(&f->pool);
}

/* Says when mail begins to wait for a rate, and when none does any more. */
static void
note_rate(struct flusher *f)
{
	bool due = queue_next(&f->queue) <= date_seconds();
	char name[64];

	if (!due && !transit_is_busy(&f->transit))
		smarthost_delays(&f->smarthost, NULL);
	else if (due && allowance_wait(&f->allowance, name) > 0)
		smarthost_delays(&f->smarthost, name);
}

static void
look_after_failed(struct flusher *f, int64_t clock)
{
	if (clock >= f->failed.at)
		f->metrics.changed = true;
	if (f->settlement.kept)
		failed_expect(&f->failed, clock);
	f->settlement.kept = false;
	failed_run(&f->failed, f->spool, clock);
}

static void
tell_service(struct flusher *f, int64_t clock)
{
	bool open = f->breaker.open, late = f->smarthost.delayed_since != 0;
	struct summary summary = {
		.waiting = queue_count(&f->queue) +
		    transit_count(&f->transit),
		.trouble = open ?
		    trouble_text((enum trouble)f->smarthost.trouble) : NULL,
		.rate = late ? f->smarthost.rate : NULL,
		.mistaken = f->mistaken,
		.stopping = f->kill_at != NEVER,
	};

	service_work(f->service, clock, &summary);
}

/* One round; false when it was the last. */
static bool
run_once(struct flusher *f)
{
	int64_t clock = date_monotonic();

	rescan_run(&f->rescan, &f->queue, &f->outbox, clock,
	    (int64_t)f->cfg->retry_max);
	look_after_failed(f, clock);
	transit_sync_if_due(&f->transit, clock);
	if (signals_want_reload())
		reload(f);
	if (f->kill_at == NEVER) {
		pool_dispatch(&f->pool, date_seconds());
		note_rate(f);
		if (is_to_stop(f, clock))
			begin_to_stop(f, clock);
	} else if (clock >= f->kill_at) {
		pool_kill(&f->pool);
		f->kill_at = clock + STOP_WAIT;
	}
	/* What comes while a session is begun may come too late for it. */
	network_set_watched(&f->network,
	    f->breaker.open || pool_is_starting(&f->pool));
	exporter_run(&f->exporter, clock);
	tell_service(f, clock);
	return f->kill_at == NEVER || pool_agents(&f->pool) > 0;
}

int
flusher_run(const struct flusher_options *opts, struct config *cfg, int spool)
{
	struct flusher f = {
		.opts = opts,
		.service = opts->service,
		.spool = spool,
		.outbox = { .spool = spool },
		.settlement = { .spool = spool },
		.transit = { .spool = spool },
		.pool = { .config = opts->config },
		.helpers = { .sock = -1 },
		.network = { .fd = -1 },
		.exporter = { .spool = spool, .confined = opts->confined },
		.rescan = { .at = NEVER, .all = opts->once },
		.kill_at = NEVER,
		.rest_at = NEVER,
	};
	sigset_t mask;
	bool left;

	queue_init(&f.queue, scan_submitter, &f.spool);
	f.outbox.queue = &f.queue;
	f.settlement.outbox = &f.outbox;
	f.transit.settlement = &f.settlement;
	f.transit.queue = &f.queue;
	f.transit.allowance = &f.allowance;
	transit_init(&f.transit);
	f.pool.transit = &f.transit;
	f.pool.smarthost = &f.smarthost;
	f.transit.metrics = f.pool.metrics = f.exporter.metrics = &f.metrics;
	metrics_init(&f.metrics, date_seconds());
	pool_init(&f.pool);
	use_config(&f, cfg);
	signals_block(&mask);
	f.trigger = trigger_open(spool);
	if (f.trigger == -1)
		fatal(EX_OSERR, "cannot open the trigger");
	if (!opts->once)
		helpers_open(&f.helpers, spool, opts->config,
		    opts->service->submit);
	smarthost_init(&f.smarthost, &f.breaker, &f.metrics, spool);
	exporter_init(&f.exporter);
	while (run_once(&f))
		wait_and_receive(&f, &mask);
	transit_sync(&f.transit);
	exporter_end(&f.exporter);
	left = queue_next(&f.queue) != NEVER || f.rescan.incomplete;
	queue_free(&f.queue);
	pool_free(&f.pool);
	transit_free(&f.transit);
	allowance_close(&f.allowance);
	metrics_free(&f.metrics);
	config_free(f.cfg);
	close(f.trigger);
	network_set_watched(&f.network, false);
	return opts->once && left ? EX_TEMPFAIL : EX_OK;
}
