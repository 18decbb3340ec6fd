#include <config.h>

#include "smtp/connect.h"

#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/loopback.h"
#include "base/xmalloc.h"
#include "mail/verdict.h"
#include "smtp/addresses.h"
#include "smtp/fault.h"
#include "smtp/race.h"
#include "spool/config.h"
#include "spool/hostname.h"

enum {
	/* A host that is up answers sooner. */
	CONNECT_SECONDS = 30,
};

/* Finds the addresses of a host; NULL and the reason, appended to error. */
static struct addrinfo *
resolve(const char *host, const char *port, int flags, struct buf *error)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags,
	};
	struct addrinfo *list;
	int result = getaddrinfo(host, port, &hints, &list);

	if (result == 0)
		return list;
	buf_adds(error, result == EAI_SYSTEM ? strerror(errno) :
	    gai_strerror(result));
	return NULL;
}

static void
set_name(struct connection *c, const struct relay *relay,
    const struct addrinfo *ai)
{
	struct buf name = { 0 };

	buf_printf(&name, "%s[", relay->host);
	addresses_print(ai, &name);
	buf_printf(&name, "]:%s", relay->port);
	c->name = xstrdup(name.data);
	buf_free(&name);
}

static int
fail(const struct config *config, enum fault fault, const char *detail,
    struct verdict *v)
{
	struct buf where = { 0 };

	buf_printf(&where, "%s:%s", config->relay.host, config->relay.port);
	*v = fault_verdict(fault, where.data, config->file, detail);
	buf_free(&where);
	return -1;
}

/* Says that no address is of the family of source-address. */
static void
explain_family(const struct connection *c, const struct config *config,
    struct buf *text)
{
	buf_printf(text, "it has no %s address, as source-address %s needs "
	    "it, only ", c->source->ai_family == AF_INET ? "IPv4" : "IPv6",
	    config->source_address);
	for (const struct addrinfo *ai = c->addresses; ai != NULL;
	    ai = ai->ai_next) {
		addresses_print(ai, text);
		if (ai->ai_next != NULL)
			buf_adds(text, ", ");
	}
}

/* How many addresses there are in the race; 0 and why there is none. */
static size_t
begin_race(struct connection *c, const struct config *config,
    const char *first, struct buf *detail)
{
	int family = c->source != NULL ? c->source->ai_family : AF_UNSPEC;
	const struct addrinfo **order;
	size_t n = addresses_order(c->addresses, family, first, &order);

	if (n == 0) {
		free(order);
		explain_family(c, config, detail);
		return 0;
	}
	c->race = race_begin(order, n, c->source, config->timeout > 0 ?
	    (double)config->timeout : CONNECT_SECONDS);
	return n;
}

/*
 * Resolves and begins the race.  How many addresses there are; 0 and a fault
 * with what was seen.
 */
static size_t
begin(struct connection *c, const struct config *config, const char *first,
    int *fault, struct buf *detail)
{
	const struct relay *relay = &config->relay;

	*fault = FAULT_CONNECT;
	if (config->source_address != NULL) {
		c->source = resolve(config->source_address, NULL,
		    AI_NUMERICHOST | AI_PASSIVE, detail);
		if (c->source == NULL)
			return 0;
	}
	*fault = FAULT_RESOLVE;
	c->addresses = resolve(relay->host, relay->port, 0, detail);
	if (c->addresses == NULL)
		return 0;
	*fault = FAULT_CONNECT;
	return begin_race(c, config, first, detail);
}

int
connect_begin(struct connection *c, const struct config *config,
    const char *first, struct verdict *v)
{
	struct buf detail = { 0 };
	int fault, result = 0;

	if (begin(c, config, first, &fault, &detail) == 0)
		result = fail(config, (enum fault)fault, detail.data, v);
	buf_free(&detail);
	return result;
}

int
connect_finish(struct connection *c, const struct config *config,
    struct verdict *v)
{
	const struct addrinfo *winner;
	struct buf tried = { 0 };

	if (c->source != NULL)
		buf_printf(&tried, "from %s to ", config->source_address);
	c->fd = race_finish(c->race, &winner, &tried);
	if (c->fd == -1)
		fail(config, FAULT_CONNECT, tried.data, v);
	else {
		c->loopback = loopback_is(winner->ai_addr);
		set_name(c, &config->relay, winner);
	}
	buf_free(&tried);
	race_free(c->race);
	c->race = NULL;
	return c->fd == -1 ? -1 : 0;
}

void
connect_free(struct connection *c)
{
	race_free(c->race);
	if (c->addresses != NULL)
		freeaddrinfo(c->addresses);
	if (c->source != NULL)
		freeaddrinfo(c->source);
	free(c->name);
	*c = (struct connection){ .fd = -1 };
}

size_t
connect_trials(const struct config *config, struct trial **trials, int *fault,
    struct buf *detail)
{
	struct connection c = { .fd = -1 };
	size_t n = begin(&c, config, NULL, fault, detail);
	struct lap *laps = n > 0 ? race_run_all(c.race) : NULL;

	*trials = n > 0 ? xcalloc(n, sizeof(**trials)) : NULL;
	for (size_t i = 0; i < n; i++) {
		struct trial *t = &(*trials)[i];
		struct buf address = { 0 };

		addresses_print(laps[i].to, &address);
		t->address = xstrdup(address.len > 0 ? address.data : "");
		t->error = laps[i].error;
		t->seconds = laps[i].seconds;
		t->connection.fd = laps[i].fd;
		t->connection.loopback = loopback_is(laps[i].to->ai_addr);
		set_name(&t->connection, &config->relay, laps[i].to);
		buf_free(&address);
	}
	free(laps);
	connect_free(&c);
	return n;
}

void
connect_trials_free(struct trial *trials, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		connect_free(&trials[i].connection);
		free(trials[i].address);
	}
	free(trials);
}

/* Our end of a socket as an address literal (RFC 5321, section 4.1.3). */
static void
add_literal(int fd, struct buf *out)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char text[NI_MAXHOST] = "127.0.0.1";

	ss.ss_family = AF_INET;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
		getnameinfo((struct sockaddr *)&ss, len, text, sizeof(text),
		    NULL, 0, NI_NUMERICHOST);
	/* A scope ("%eth0") means nothing to another machine. */
	text[strcspn(text, "%")] = '\0';
	buf_printf(out, ss.ss_family == AF_INET6 ? "[IPv6:%s]" : "[%s]",
	    text);
}

void
connect_helo(const struct config *config, int fd, struct buf *out)
{
	if (config->helo != NULL) {
		buf_adds(out, config->helo);
		return;
	}
	hostname_fqdn(out);
	if (strchr(out->data, '.') != NULL)
		return;
	buf_clear(out);
	add_literal(fd, out);
}
