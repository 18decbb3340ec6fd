#include <config.h>

#include "sendmail/submit.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "mail/canon.h"
#include "mail/dsn.h"
#include "sendmail/input.h"
#include "sendmail/options.h"
#include "sendmail/reader.h"
#include "sendmail/submission.h"

/* What is asked of all of the message; the option has been checked. */
static void
ask(struct submission *s, const struct options *opts)
{
	struct buf envid = { 0 };

	if (opts->envid != NULL)
		dsn_add_envid(&envid, opts->envid);
	submission_dsn(s, opts->ret, envid.data);
	buf_free(&envid);
}

/* Sender and recipients, as far as the command line names them. */
static int
address(struct submission *s, const struct options *opts)
{
	int status = submission_sender(s, opts->sender);

	for (char **word = opts->recipients;
	    status == EX_OK && *word != NULL; word++)
		status = submission_recipients(s, *word, opts->notify,
		    NULL);
	if (opts->recipients_in_header)
		submission_header_recipients(s, opts->notify);
	return status;
}

int
submit(const struct options *opts, struct submitter *by, struct buf *error)
{
	struct submission *s = submission_new(by, error);
	struct buf text = { 0 };
	struct reader reader;
	struct canon canon;
	struct input in;
	int status;

	reader_init(&reader, STDIN_FILENO, &canon, !opts->ignore_dots);
	input_init(&in, reader_more, &reader, &text);
	ask(s, opts);
	status = address(s, opts);
	if (status == EX_OK)
		status = submission_take(s, &in);
	if (status == EX_OK && opts->verbose)
		printf("queued as %s\n", submission_id(s));
	/* Who names nobody to send to may have nothing to send either. */
	if (status != EX_USAGE || opts->recipients_in_header)
		reader_drain(&reader);
	submission_free(s);
	buf_free(&text);
	return status;
}
