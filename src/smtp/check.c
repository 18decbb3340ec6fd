#include <config.h>

#include "smtp/check.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "mail/finding.h"
#include "smtp/agent.h"
#include "smtp/connect.h"
#include "smtp/credentials.h"
#include "smtp/fault.h"
#include "smtp/findings.h"
#include "smtp/inspection.h"
#include "smtp/remedy.h"
#include "smtp/tls.h"
#include "spool/account.h"
#include "spool/config.h"

struct check {
	const struct config *config;
	struct credentials credentials;
	struct inspection inspection;
	struct trial *trials;
	struct tls **tls;	/* of each, NULL without */
	struct buf *helos;	/* of each */
	size_t n;
	size_t connected;
	struct account account;	/* who runs this: the owner of the spool */
};

static void
say_fault(const struct check *c, int fault, const char *where,
    const char *detail)
{
	const struct symptom symptom = {
		.fault = fault,
		.config = c->config,
		.account = &c->account,
	};

	findings_fault(&symptom, where, detail);
}

/* The rest can be looked at without. */
static void
read_password(struct check *c)
{
	struct buf error = { 0 };

	if (c->inspection.anonymous)
		return;
	if (credentials_read(&c->credentials, c->config, &error) == -1) {
		say_fault(c, FAULT_CREDENTIALS, c->config->user, error.data);
		c->inspection.anonymous = true;
	}
	buf_free(&error);
}

/* One that cannot be reached does not matter much where others can be. */
static void
say_unconnected(const struct check *c, const struct trial *t)
{
	bool no_route = t->error == ENETUNREACH || t->error == EADDRNOTAVAIL;

	if (c->connected == 0)
		say_fault(c, FAULT_CONNECT, t->address, strerror(t->error));
	else if (no_route)
		findings_say(FINDING_NOTE, NULL, NULL, "%s: %s; the others "
		    "are used", t->address, strerror(t->error));
	else
		findings_say(FINDING_WARNING, "The others are used, but a "
		    "session that tries it first begins later.", NULL,
		    "%s: cannot connect: %s", t->address,
		    strerror(t->error));
}

static void
say_trials(const struct check *c)
{
	const struct relay *relay = &c->config->relay;
	struct buf list = { 0 };

	for (size_t i = 0; i < c->n; i++)
		buf_printf(&list, "%s%s", i > 0 ? ", " : "",
		    c->trials[i].address);
	findings_say(FINDING_OK, NULL, NULL, "%s is %s", relay->host,
	    list.data);
	for (size_t i = 0; i < c->n; i++)
		if (c->trials[i].connection.fd == -1)
			say_unconnected(c, &c->trials[i]);
		else
			findings_say(FINDING_OK, NULL, NULL, "%s: connected "
			    "to port %s in %.1f ms", c->trials[i].address,
			    relay->port, c->trials[i].seconds * 1e3);
	buf_free(&list);
}

/* To all of them.  0, or -1 when there is nothing to go on with. */
static int
connect_all(struct check *c)
{
	struct buf detail = { 0 };
	int fault;

	c->n = connect_trials(c->config, &c->trials, &fault, &detail);
	if (c->n == 0)
		say_fault(c, fault, c->config->relay.host, detail.data);
	buf_free(&detail);
	for (size_t i = 0; i < c->n; i++)
		c->connected += c->trials[i].connection.fd != -1;
	if (c->n > 0)
		say_trials(c);
	return c->connected > 0 ? 0 : -1;
}

/* What TLS needs, once for each connection.  0, or -1 after it was said. */
static int
prepare_tls(struct check *c)
{
	const struct config *config = c->config;
	struct buf detail = { 0 };
	int fault = FAULT_OPENSSL, result = 0;

	if (!config->relay.implicit_tls && config->tls == TLS_NONE)
		return 0;
	for (size_t i = 0; i < c->n && result == 0; i++) {
		if (c->trials[i].connection.fd == -1)
			continue;
		c->tls[i] = tls_new(config, &fault, &detail);
		result = c->tls[i] != NULL ? 0 : -1;
	}
	if (result == -1)
		say_fault(c, fault, config->relay.host, detail.data);
	buf_free(&detail);
	return result;
}

/* All else that is read from files or asked of the system. */
static int
prepare(struct check *c)
{
	c->tls = xcalloc(c->n, sizeof(*c->tls));
	c->helos = xcalloc(c->n, sizeof(*c->helos));
	for (size_t i = 0; i < c->n; i++)
		if (c->trials[i].connection.fd != -1)
			connect_helo(c->config, c->trials[i].connection.fd,
			    &c->helos[i]);
	agent_prepare();
	return prepare_tls(c);
}

static void
inspect_all(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct connection *connection = &c->trials[i].connection;

		if (connection->fd == -1)
			continue;
		c->inspection.helo = c->helos[i].data;
		inspection_run(&c->inspection, &c->trials[i], c->tls[i]);
		connection->fd = -1;
	}
}

static void
end(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->trials[i].connection.fd != -1)
			close(c->trials[i].connection.fd);
		if (c->tls == NULL)
			continue;
		tls_free(c->tls[i]);
		buf_free(&c->helos[i]);
	}
	free(c->tls);
	free(c->helos);
	connect_trials_free(c->trials, c->n);
	credentials_wipe(&c->credentials);
}

void
check_run(const struct config *config, const char *sender,
    const char *recipient, bool anonymous)
{
	struct check c = {
		.config = config,
		.inspection = {
			.config = config,
			.account = &c.account,
			.credentials = &c.credentials,
			.anonymous = anonymous,
			.sender = recipient != NULL ? sender : NULL,
			.recipient = sender != NULL ? recipient : NULL,
		},
	};

	account_find(&c.account, geteuid(), getegid());
	read_password(&c);
	if (connect_all(&c) == 0 && prepare(&c) == 0) {
		if (pledge("stdio", NULL) == -1)
			fatal(EX_OSERR, "pledge");
		inspect_all(&c);
	}
	end(&c);
}
