#ifndef FLUSH_SERVICE_H
#define FLUSH_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

struct summary;

/*
 * The service manager that started us, if it is one that listens: the
 * protocols of sd_notify(3), sd_watchdog_enabled(3) and sd_listen_fds(3),
 * which are a few variables of the environment, without their library.
 * Without a manager nothing here does anything.  Times are monotonic, in
 * milliseconds.
 */
struct service {
	int sock;		/* -1: nobody listens */
	int submit;		/* -1: it has passed no socket to take calls */
	bool ready;		/* and it knows */
	bool deaf;		/* the last that was said did not arrive */
	bool news;		/* there is something to say */
	char said[1024];	/* the status that it knows */
	int64_t say_at;		/* not before */
	int64_t pause;		/* between signs of life; 0: it wants none */
	int64_t alive_at;	/* the next; INT64_MAX: never */
};

/*
 * Takes what the manager says out of the environment, so that no child takes
 * it for its own, and reaches it, which may be impossible later.
 */
void service_open(struct service *);

/* Says what we do before we can work. */
void service_wait(struct service *, const char *status);

/* We begin to read the configuration again, or to stop. */
void service_reload(struct service *);
void service_stop(struct service *);

/*
 * We work, and this is how things are; any number of times a second.
 * Whoever calls this gives a sign of life, so it is to be called by what does
 * the work, and after it.
 */
void service_work(struct service *, int64_t clock, const struct summary *);

/* When it is to be called again; INT64_MAX: there is no hurry. */
int64_t service_next(const struct service *);

#endif
