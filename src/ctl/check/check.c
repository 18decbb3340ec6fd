#include <config.h>

#include "ctl/check/check.h"

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/utf8.h"
#include "ctl/check/checklist.h"
#include "ctl/check/confcheck.h"
#include "ctl/check/hostcheck.h"
#include "ctl/check/mailcheck.h"
#include "ctl/check/place.h"
#include "ctl/check/programcheck.h"
#include "ctl/check/spoolcheck.h"
#include "ctl/check/testmail.h"
#include "mail/finding.h"
#include "spool/account.h"
#include "spool/conffile.h"
#include "spool/config.h"

/* The smarthost is tried with what onehop-flush would not start without. */
static void
check_all(struct place *p, const struct buf *errors)
{
	struct buf sender = { 0 }, recipient = { 0 };
	bool password;

	buf_adds(&sender, "");
	buf_adds(&recipient, "");
	place_find(p);
	confcheck_run(p, errors);
	password = confcheck_secrets(p);
	mailcheck_run(p, &sender, &recipient);
	programcheck_run(p);
	spoolcheck_run(p);
	if (errors->len == 0 && p->cfg->relay.host != NULL &&
	    access(p->cfg->file, R_OK) == 0)
		hostcheck_run(p, sender.data, recipient.data, password);
	buf_free(&sender);
	buf_free(&recipient);
}

static int
check(const char *config, const char *send)
{
	struct checklist list = { 0 };
	struct buf errors = { 0 };
	struct config *cfg = conffile_load(config, &errors);
	struct account account;
	struct place place = {
		.list = &list,
		.file = config,
		.cfg = cfg,
		.account = &account,
	};
	int status = EX_OK;

	check_all(&place, &errors);
	if (send != NULL)
		status = testmail_send(&place, send);
	checklist_end(&list);
	if (errors.len > 0)
		status = EX_CONFIG;
	else if (status == EX_OK && list.wrong > 0)
		status = EX_UNAVAILABLE;
	config_free(cfg);
	buf_free(&errors);
	return status;
}

static bool
is_line(const char *text)
{
	size_t len = strlen(text), n;

	for (; len > 0; text += n, len -= n)
		if ((n = utf8_printable(text, len)) == 0)
			return false;
	return true;
}

int
verb_check(const char *config, int argc, char **argv)
{
	static const struct option options[] = {
		{ "send", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	const char *send = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c == 's')
			send = optarg;
		else
			return EX_USAGE;
	if (optind != argc)
		return EX_USAGE;
	/* It stands in the header of the message, too. */
	if (send != NULL && (*send == '\0' || !is_line(send)))
		fatalx(EX_USAGE, "'%s' is no address", send);
	return check(config, send);
}
