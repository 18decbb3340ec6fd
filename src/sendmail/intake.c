#include <config.h>

#include "sendmail/intake.h"

#include <stdlib.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "mail/command.h"
#include "sendmail/client.h"
#include "sendmail/input.h"
#include "sendmail/signals.h"
#include "sendmail/submission.h"
#include "sendmail/submitter.h"
#include "sendmail/transfer.h"
#include "spool/config.h"

enum {
	/* RFC 5321, 4.5.3.1.8 asks for 100; this is what others take. */
	RECIPIENTS_NETWORK = 1000,

	/* As many of the longest fit into an envelope (ENVELOPE_MAX). */
	RECIPIENTS_LOCAL = 30000,
};

struct intake {
	struct submitter *by;
	struct client *client;
	bool (*next)(void *);
	void *arg;
	size_t count;
	struct buf error;	/* of the submission */
	struct submission *submission;	/* NULL: there was no MAIL */
	bool smtputf8;
	bool refused;		/* a recipient was */
	struct transfer *transfer; /* NULL unless its message comes in */
	bool dropped;		/* and is not wanted any more */
};

struct intake *
intake_new(struct submitter *by, struct client *client, bool (*next)(void *),
    void *arg)
{
	struct intake *in = xcalloc(1, sizeof(*in));

	in->by = by;
	in->client = client;
	in->next = next;
	in->arg = arg;
	return in;
}

void
intake_free(struct intake *in)
{
	intake_drop(in);
	buf_free(&in->error);
	free(in);
}

size_t
intake_count(const struct intake *in)
{
	return in->count;
}

/* While the message comes in, it is enough to say so. */
void
intake_drop(struct intake *in)
{
	in->dropped = true;
	if (in->transfer != NULL || in->submission == NULL)
		return;
	submission_free(in->submission);
	in->submission = NULL;
	buf_clear(&in->error);
}

static bool
out_of_order(struct intake *in, const char *words)
{
	client_reply(in->client, 503, "5.5.1", words);
	return false;
}

/*
 * Refuses what the submission has refused with a status of sysexits(3); code
 * and enhanced status are for what the client got wrong.  All other trouble
 * is ours, and the client may try again.
 */
static void
refuse(struct intake *in, int status, int code, const char *enhanced)
{
	const char *words = in->error.data;

	if (status == EX_UNAVAILABLE)
		client_reply(in->client, 552, "5.3.4", words);
	else if (status == EX_NOPERM)
		client_reply(in->client, 550, "5.7.1", words);
	else if (status == EX_DATAERR)
		client_reply(in->client, code, enhanced, words);
	else
		client_reply(in->client, 451, "4.3.0", words);
	buf_clear(&in->error);
}

/* RFC 6531, 3.5: an address beyond ASCII needs to have been announced. */
static bool
is_announced(struct intake *in, const struct command *cmd, bool smtputf8)
{
	if (!cmd->nonascii || smtputf8)
		return true;
	client_reply(in->client, 553, "5.6.7",
	    "an address that is not ASCII needs SMTPUTF8");
	return false;
}

/* RFC 8689, section 2, has it under TLS only, which is not offered here. */
static bool
is_safe(struct intake *in, const struct command *cmd)
{
	if (!cmd->require_tls || !client_is_network(in->client))
		return true;
	client_reply(in->client, 555, "5.5.4",
	    "REQUIRETLS needs TLS, and there is none here");
	return false;
}

static int
begin(struct intake *in, const struct command *cmd, const char *path)
{
	int status = submitter_check(in->by, &in->error);
	char *envid = NULL;

	if (status == EX_OK)
		status = submission_sender(in->submission, path);
	if (status != EX_OK)
		return status;
	if (cmd->envid != NULL)
		envid = xstrndup(cmd->envid, cmd->envidlen);
	submission_dsn(in->submission, cmd->ret, envid);
	if (cmd->require_tls)
		submission_require_tls(in->submission);
	free(envid);
	return EX_OK;
}

void
intake_mail(struct intake *in, const struct command *cmd, const char *path)
{
	int status;

	if (in->submission != NULL) {
		out_of_order(in, "there has been a MAIL already");
		return;
	}
	if (!is_announced(in, cmd, cmd->smtputf8) || !is_safe(in, cmd))
		return;
	if (cmd->size > in->by->cfg->max_size) {
		client_reply(in->client, 552, "5.3.4",
		    "the message is larger than max-size");
		return;
	}
	in->submission = submission_new(in->by, &in->error);
	in->smtputf8 = cmd->smtputf8;
	in->refused = in->dropped = false;
	status = begin(in, cmd, path);
	if (status == EX_OK) {
		client_reply(in->client, 250, "2.1.0", "Ok");
		return;
	}
	refuse(in, status, 553, "5.1.7");
	intake_drop(in);
}

static int
add_recipient(struct intake *in, const struct command *cmd, const char *path)
{
	char *orcpt = cmd->orcpt == NULL ? NULL :
	    xstrndup(cmd->orcpt, cmd->orcptlen);
	int status = submission_recipients(in->submission, path, cmd->notify,
	    orcpt);

	free(orcpt);
	return status;
}

void
intake_rcpt(struct intake *in, const struct command *cmd, const char *path)
{
	size_t max = client_is_network(in->client) ? RECIPIENTS_NETWORK :
	    RECIPIENTS_LOCAL;
	int status;

	if (in->submission == NULL || in->transfer != NULL) {
		out_of_order(in, in->submission == NULL ?
		    "there has been no MAIL" : "the message comes already");
		return;
	}
	in->refused = true;
	if (!is_announced(in, cmd, in->smtputf8))
		return;
	if (submission_count(in->submission) >= max) {
		client_reply(in->client, 452, "4.5.3", "too many recipients");
		return;
	}
	status = add_recipient(in, cmd, path);
	if (status == EX_OK)
		client_reply(in->client, 250, "2.1.5", "Ok");
	else
		refuse(in, status, 553, "5.1.3");
}

/* Whether there is a message to take; if not, says so. */
static bool
expects_message(struct intake *in)
{
	if (in->submission == NULL)
		return out_of_order(in, "there has been no MAIL");
	if (in->transfer != NULL)
		return out_of_order(in, "the message comes by BDAT");
	if (submission_count(in->submission) > 0)
		return true;
	if (!in->refused)
		return out_of_order(in, "there has been no RCPT");
	client_reply(in->client, 554, "5.5.1", "no recipient is valid");
	return false;
}

static void
accept_message(struct intake *in)
{
	struct buf words = { 0 };

	in->count++;
	buf_printf(&words, "Ok: queued as %s", submission_id(in->submission));
	client_reply(in->client, 250, "2.0.0", words.data);
	buf_free(&words);
}

/* What is not answered here was cut by a command that has its answer. */
static void
answer(struct intake *in, int status)
{
	if (client_end(in->client) != CLIENT_OPEN)
		log_warnx("the client left before the end of its message, "
		    "which is dropped");
	else if (transfer_is_cut(in->transfer))
		return;
	else if (status == EX_OK)
		accept_message(in);
	else if (transfer_has_bare_lf(in->transfer))
		client_reply(in->client, 550, "5.5.2",
		    "the message has LF without CR");
	else
		refuse(in, status, 554, "5.6.0");
}

/* Hands the message over and ends the transaction. */
static void
take(struct intake *in)
{
	struct buf text = { 0 };
	struct input input;
	int status;

	input_init(&input, transfer_more, in->transfer, &text);
	status = submission_take(in->submission, &input);
	buf_free(&text);
	transfer_skip(in->transfer);
	answer(in, status);
	transfer_free(in->transfer);
	in->transfer = NULL;
	intake_drop(in);
	client_flush(in->client);
	signals_release();
}

void
intake_data(struct intake *in)
{
	if (!expects_message(in))
		return;
	client_print(in->client, "354 End data with <CR><LF>.<CR><LF>");
	in->transfer = transfer_data(in->client);
	take(in);
}

/* The end of a chunk that is not the last. */
static bool
next_chunk(void *arg)
{
	struct intake *in = arg;

	client_reply(in->client, 250, "2.0.0", "Ok");
	return in->next(in->arg);
}

void
intake_bdat(struct intake *in, const struct command *cmd)
{
	if (!expects_message(in)) {
		client_skip(in->client, cmd->chunk);
		return;
	}
	in->transfer = transfer_chunks(in->client, next_chunk, in);
	intake_chunk(in, cmd);
	take(in);
}

void
intake_chunk(struct intake *in, const struct command *cmd)
{
	transfer_chunk(in->transfer, cmd->chunk, cmd->last);
}

bool
intake_wants_chunk(const struct intake *in)
{
	return in->transfer != NULL && !in->dropped;
}
