#include <config.h>

#include "sendmail/dialogue.h"

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "mail/command.h"
#include "sendmail/client.h"
#include "sendmail/intake.h"
#include "sendmail/submitter.h"
#include "spool/config.h"
#include "spool/hostname.h"

enum {
	/* What a client on a network may do without getting anywhere. */
	REFUSALS_MAX = 20,
	IDLE_MAX = 100,
};

struct dialogue {
	const struct config *cfg;
	struct client *client;
	struct intake *intake;
	struct buf path;	/* of the last command */
	bool over;		/* after QUIT, or when we have enough */
	size_t messages;	/* up to which these two were forgiven: */
	size_t refusals;	/* replies */
	size_t idle;		/* commands that bring no mail nearer */
};

/* Too much of what leads nowhere ends a session that comes from afar. */
static void
limit(struct dialogue *d)
{
	const char *words = NULL;

	if (!client_is_network(d->client) || d->over)
		return;
	if (intake_count(d->intake) > d->messages) {
		d->messages = intake_count(d->intake);
		d->refusals = client_refusals(d->client);
		d->idle = 0;
	}
	if (client_refusals(d->client) - d->refusals >= REFUSALS_MAX)
		words = "too many errors";
	else if (d->idle >= IDLE_MAX)
		words = "too many commands without mail";
	if (words == NULL)
		return;
	client_reply(d->client, 421, "4.7.0", words);
	d->over = true;
}

/* The next command, be it one that the line already refuses. */
static bool
next_command(struct dialogue *d, struct command *cmd)
{
	const char *line;
	size_t len;

	*cmd = (struct command){ .code = 500, .status = "5.5.2" };
	limit(d);
	if (d->over)
		return false;
	switch (client_line(d->client, &line, &len)) {
	case CLIENT_LINE:
		command_parse(line, len, cmd, &d->path);
		break;
	case CLIENT_LINE_LONG:
		cmd->error = "the line is too long";
		break;
	case CLIENT_LINE_BARE:
		/* Whoever put it there may not have been the client. */
		intake_drop(d->intake);
		cmd->error = "the line ends in LF without CR";
		break;
	case CLIENT_LINE_NONE:
		return false;
	}
	return true;
}

static void
do_ehlo(struct dialogue *d, enum command_verb verb)
{
	struct buf host = { 0 };

	intake_drop(d->intake);
	hostname_fqdn(&host);
	client_print(d->client, "250%c%s", verb == COMMAND_EHLO ? '-' : ' ',
	    host.data);
	buf_free(&host);
	if (verb == COMMAND_HELO)
		return;
	client_print(d->client, "250-PIPELINING");
	client_print(d->client, "250-SIZE %llu",
	    (unsigned long long)d->cfg->max_size);
	client_print(d->client, "250-8BITMIME");
	client_print(d->client, "250-SMTPUTF8");
	client_print(d->client, "250-DSN");
	client_print(d->client, "250-CHUNKING");
	if (!client_is_network(d->client))
		client_print(d->client, "250-REQUIRETLS");
	client_print(d->client, "250-ENHANCEDSTATUSCODES");
	client_print(d->client, "250 HELP");
}

static void
do_malformed(struct dialogue *d, const struct command *cmd)
{
	/* A browser may have been talked into sending mail. */
	if (cmd->verb == COMMAND_FOREIGN && client_is_network(d->client)) {
		client_reply(d->client, 421, "4.7.0", "this is SMTP");
		d->over = true;
		return;
	}
	/* A chunk of unknown size would leave a hole in its message. */
	if (cmd->verb == COMMAND_BDAT)
		intake_drop(d->intake);
	client_reply(d->client, cmd->code, cmd->status, cmd->error);
}

static void
do_mail(struct dialogue *d, const struct command *cmd)
{
	switch (cmd->verb) {
	case COMMAND_MAIL:
		intake_mail(d->intake, cmd, d->path.data);
		break;
	case COMMAND_RCPT:
		intake_rcpt(d->intake, cmd, d->path.data);
		break;
	case COMMAND_DATA:
		intake_data(d->intake);
		break;
	default:
		intake_bdat(d->intake, cmd);
	}
}

/* What brings no mail nearer, but may end a transaction. */
static void
do_other(struct dialogue *d, enum command_verb verb)
{
	d->idle++;
	switch (verb) {
	case COMMAND_EHLO:
	case COMMAND_HELO:
		do_ehlo(d, verb);
		break;
	case COMMAND_HELP:
		client_print(d->client, "214-2.0.0 EHLO HELO MAIL RCPT DATA "
		    "BDAT RSET NOOP VRFY HELP QUIT");
		client_print(d->client, "214 2.0.0 See sendmail(8)");
		break;
	case COMMAND_VRFY:
		client_reply(d->client, 252, "2.5.2", "Send mail and see");
		break;
	case COMMAND_QUIT:
		client_reply(d->client, 221, "2.0.0", "Bye");
		d->over = true;
		break;
	case COMMAND_RSET:
		intake_drop(d->intake);
		/* FALLTHROUGH */
	default:
		client_reply(d->client, 250, "2.0.0", "Ok");
	}
}

static void
execute(struct dialogue *d, const struct command *cmd)
{
	if (cmd->code != 0)
		do_malformed(d, cmd);
	else if (cmd->verb == COMMAND_MAIL || cmd->verb == COMMAND_RCPT ||
	    cmd->verb == COMMAND_DATA || cmd->verb == COMMAND_BDAT)
		do_mail(d, cmd);
	else
		do_other(d, cmd->verb);
}

/* Between two chunks: all commands up to the next BDAT. */
static bool
next_chunk(void *arg)
{
	struct dialogue *d = arg;
	struct command cmd;

	while (intake_wants_chunk(d->intake) && next_command(d, &cmd)) {
		if (cmd.verb == COMMAND_BDAT && cmd.code == 0) {
			intake_chunk(d->intake, &cmd);
			return true;
		}
		execute(d, &cmd);
	}
	return false;
}

/*
 * Nobody knows who it is on another machine, and to relay for all of them is
 * not what this is for, whatever was made to listen.  The others may come
 * again when there is trouble here (RFC 5321, section 4.2.3).
 */
static void
greet(struct dialogue *d, const char *trouble)
{
	struct buf host = { 0 };

	if (client_is_remote(d->client)) {
		client_reply(d->client, 554, "5.7.1",
		    "only programs on this machine may send here");
		log_warnx("refused a client of -bs on another machine");
		d->over = true;
		return;
	}
	if (trouble != NULL) {
		client_reply(d->client, 421, "4.3.2", trouble);
		d->over = true;
		return;
	}
	hostname_fqdn(&host);
	client_print(d->client, "220 %s ESMTP onehop", host.data);
	buf_free(&host);
}

/* Says why it ends where the client did not. */
static int
finish(struct dialogue *d, int status, struct buf *error)
{
	if (client_end(d->client) == CLIENT_TIMED_OUT) {
		client_reply(d->client, 421, "4.4.2", "timeout");
	} else if (client_end(d->client) == CLIENT_INTERRUPTED) {
		client_reply(d->client, 421, "4.3.2", "shutting down");
		buf_adds(error, "interrupted before the end of the session");
		status = EX_TEMPFAIL;
	}
	client_flush(d->client);
	if (client_end(d->client) == CLIENT_FAILED && !d->over) {
		buf_printf(error, "cannot talk to the client: %s",
		    strerror(client_error(d->client)));
		status = EX_IOERR;
	}
	/* What would be stderr may well be the same socket. */
	if (status == EX_OK || !client_is_network(d->client))
		return status;
	log_warnx("%s", error->data);
	buf_free(error);
	return EX_OK;
}

int
dialogue_run(struct submitter *by, int status, struct buf *error)
{
	struct dialogue d = { .cfg = by->cfg };
	struct command cmd;

	/* A client that is gone is an error of write(2). */
	signal(SIGPIPE, SIG_IGN);
	d.client = client_new(STDIN_FILENO, STDOUT_FILENO, by->cfg->timeout);
	d.intake = intake_new(by, d.client, next_chunk, &d);
	greet(&d, status == EX_OK ? NULL : error->data);
	while (next_command(&d, &cmd))
		execute(&d, &cmd);
	intake_free(d.intake);
	status = finish(&d, status, error);
	client_free(d.client);
	buf_free(&d.path);
	return status;
}
