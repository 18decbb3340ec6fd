#include <config.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/help.h"
#include "base/io.h"
#include "base/log.h"
#include "base/number.h"
#include "ctl/check/check.h"
#include "ctl/failed.h"
#include "ctl/helper.h"
#include "ctl/hold.h"
#include "ctl/import/import.h"
#include "ctl/list.h"
#include "ctl/mailq.h"
#include "ctl/metrics.h"
#include "ctl/rewrite.h"
#include "ctl/selection.h"
#include "ctl/setup.h"
#include "ctl/status.h"
#include "ctl/verbs.h"
#include "spool/config.h"
#include "spool/handover.h"

#define FILTERS " [filter ...]"

static const char mailq_usage[] = "usage: mailq [-j] [-C file]\n";

static int
verb_config(const char *config, int argc, char **argv)
{
	struct config *cfg;

	(void)argv;
	if (argc > 1)
		return EX_USAGE;
	cfg = setup_config(config);
	config_print(cfg, stdout);
	config_free(cfg);
	return EX_OK;
}

/*
 * What onehopctl(8) does.  argv[0] is the verb and argc at least 1; the exit
 * status is one of sysexits(3), and EX_USAGE shows how the verb is used; but
 * see status.h.
 */
static const struct verb {
	const char *name;
	const char *words;	/* what follows it */
	int (*run)(const char *config, int argc, char **argv);
} verbs[] = {
	{ "list", FILTERS, verb_list },
	{ "show", FILTERS " ID ...", verb_show },
	{ "hold", FILTERS " ID ...", verb_hold },
	{ "release", FILTERS " ID ...", verb_release },
	{ "remove", FILTERS " ID ...", verb_remove },
	{ "retry", FILTERS " [ID ...]", verb_retry },
	{ "failed", " list|requeue|drop" FILTERS " [ID ...]", verb_failed },
	{ "rewrite", " ADDRESS ...", verb_rewrite },
	{ "check", " [--send ADDRESS]", verb_check },
	{ "status", " [-d] [-w AGE] [-c AGE] [-W N] [-K N]\n"
	    "           [-f N] [-F N]", verb_status },
	{ "metrics", "", verb_metrics },
	{ "config", "", verb_config },
	{ "import", " [--write] [--force] [--from DIR]\n"
	    "           [PROGRAM [FILE ...]]", verb_import },
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

/* What a helper of onehop-flush does for any user: nothing else. */
static const struct verb verbs_for_users[] = {
	{ "status", "", status_for_user },
	{ "metrics", "", metrics_for_user },
};
enum { VERBS_FOR_USERS = sizeof(verbs_for_users) / sizeof(verbs[0]) };

/* How one verb is used, or all. */
static const char *
usage(const struct verb *one)
{
	static struct buf text;

	buf_clear(&text);
	for (size_t i = 0; i < VERBS; i++)
		if (one == NULL || one == &verbs[i])
			buf_printf(&text, "%s onehopctl [-C file] %s%s\n",
			    text.len == 0 ? "usage:" : "      ",
			    verbs[i].name, verbs[i].words);
	if (one == NULL || strstr(one->words, FILTERS) != NULL)
		buf_adds(&text, selection_usage);
	return text.data;
}

static int
usage_error(const char *text)
{
	fputs(text, stderr);
	return EX_USAGE;
}

static int
queue(int argc, char **argv, const uid_t *user)
{
	char *words[] = { (char *)"mailq", NULL, NULL };
	const char *config = NULL;
	bool json = false;
	int c, spool;

	while ((c = getopt(argc, argv, "C:A:jv")) != -1)
		switch (c) {
		case 'C':
			config = optarg;
			break;
		case 'j':
			json = true;
			words[1] = (char *)"-j";
			break;
		case 'A':	/* which queue, says sendmail's mailq */
		case 'v':
			break;
		default:
			return usage_error(mailq_usage);
		}
	spool = setup_spool(config);
	if (user == NULL && helper_is_needed(spool))
		return helper_run(spool, words);
	return mailq(spool, json, user);
}

/*
 * mailq --submit UID: for that user, for whom a helper of onehop-flush has
 * run it.  It is no secret; who can read the spool can do this.
 */
static int
queue_for_user(int argc, char **argv)
{
	uint64_t number;
	uid_t user;
	int status;

	if (number_parse(argv[2], strlen(argv[2]), 10, UINT32_MAX,
	    &number) == -1)
		return usage_error(mailq_usage);
	user = (uid_t)number;
	log_at_fatal(handover_status);
	status = queue(argc - 2, argv + 2, &user);
	handover_status(status);
	return status;
}

/* Runs one of these verbs. */
static int
control(int argc, char **argv, const struct verb *all, size_t n)
{
	const char *config = NULL;
	int c, status;

	/* What begins with a dash after the verb is the verb's. */
	while ((c = getopt(argc, argv, "+C:")) != -1)
		switch (c) {
		case 'C':
			config = optarg;
			break;
		default:
			return usage_error(usage(NULL));
		}
	argc -= optind;
	argv += optind;
	for (size_t i = 0; argc > 0 && i < n; i++)
		if (strcmp(all[i].name, argv[0]) == 0) {
			optind = 0;
			status = all[i].run(config, argc, argv);
			return status != EX_USAGE ? status :
			    usage_error(usage(all == verbs ? &all[i] : NULL));
		}
	return usage_error(usage(NULL));
}

/* onehopctl --submit UID: as with mailq, for what is the same for all users. */
static int
control_for_user(int argc, char **argv)
{
	int status;

	log_at_fatal(handover_status);
	status = control(argc - 2, argv + 2, verbs_for_users,
	    VERBS_FOR_USERS);
	handover_status(status);
	return status;
}

/* Nobody is to take half a listing, or none, for all there is. */
static int
finish(int status)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		fatal(EX_IOERR, "cannot write all that there is to say");
	return status;
}

int
main(int argc, char **argv)
{
	const char *name;

	if (argc == 0)
		return EX_OSERR;
	log_open("onehopctl", NULL);
	if (io_standard_streams() == -1)
		fatal(EX_OSERR, "cannot open the standard streams");
	name = strrchr(argv[0], '/') != NULL ?
	    strrchr(argv[0], '/') + 1 : argv[0];
	if (strcmp(name, "mailq") != 0 && argc > 2 &&
	    strcmp(argv[1], HANDOVER_OPTION) == 0)
		return finish(control_for_user(argc, argv));
	if (strcmp(name, "mailq") != 0)
		return finish(help_given(argc, argv, "onehopctl",
		    usage(NULL)) ? EX_OK :
		    control(argc, argv, verbs, VERBS));
	log_open("mailq", NULL);
	if (help_given(argc, argv, "mailq", mailq_usage))
		return finish(EX_OK);
	if (argc > 2 && strcmp(argv[1], HANDOVER_OPTION) == 0)
		return finish(queue_for_user(argc, argv));
	return finish(queue(argc, argv, NULL));
}
