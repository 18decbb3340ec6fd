#include <config.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "base/number.h"
#include "ctl/list.h"
#include "ctl/mailq.h"
#include "ctl/rewrite.h"
#include "ctl/verbs.h"
#include "spool/conffile.h"
#include "spool/config.h"
#include "spool/handover.h"
#include "spool/owner.h"

static const char usage[] =
"usage: onehopctl [-C file] list | show ID ... | remove ID ... |\n"
"           retry [ID ...] | rewrite ADDRESS ... | config\n"
"       mailq [-j] [-C file]\n"
"ID may be ALL.\n";

static struct config *
load(const char *path)
{
	struct buf errors = { 0 };
	struct config *cfg = conffile_load(path, &errors);

	if (errors.len == 0)
		return cfg;
	config_free(cfg);
	log_warn_lines(errors.data);
	fatalx(EX_CONFIG, "the configuration has mistakes");
}

static int
open_spool(const char *config)
{
	struct config *cfg = load(config);
	int spool = owner_open_spool(cfg->spool);

	if (spool == -1)
		fatal(EX_OSERR, "cannot open the spool %s", cfg->spool);
	config_free(cfg);
	return spool;
}

static int
print_config(const char *config)
{
	struct config *cfg = load(config);

	config_print(cfg, stdout);
	config_free(cfg);
	return EX_OK;
}

static int
show_rewrite(const char *config, char **addresses)
{
	struct config *cfg = load(config);
	int status = rewrite_show(cfg, addresses);

	config_free(cfg);
	return status;
}

static int
usage_error(void)
{
	fputs(usage, stderr);
	return EX_USAGE;
}

static int
run(const char *config, char **words)
{
	const char *verb = words[0];

	if (verb == NULL)
		return usage_error();
	words++;
	if (strcmp(verb, "retry") == 0)
		return verb_retry(open_spool(config), words);
	if (strcmp(verb, "show") == 0 && *words != NULL)
		return verb_show(open_spool(config), words);
	if (strcmp(verb, "remove") == 0 && *words != NULL)
		return verb_remove(open_spool(config), words);
	if (strcmp(verb, "rewrite") == 0 && *words != NULL)
		return show_rewrite(config, words);
	if (*words != NULL)
		return usage_error();
	if (strcmp(verb, "list") == 0)
		return list(open_spool(config));
	if (strcmp(verb, "config") == 0)
		return print_config(config);
	return usage_error();
}

static int
queue(int argc, char **argv, const uid_t *user)
{
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
			break;
		case 'A':	/* which queue, says sendmail's mailq */
		case 'v':
			break;
		default:
			return usage_error();
		}
	spool = open_spool(config);
	if (user == NULL && mailq_takes_helper(spool))
		return mailq_by_helper(spool, json);
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
		return usage_error();
	user = (uid_t)number;
	log_at_fatal(handover_status);
	status = queue(argc - 2, argv + 2, &user);
	handover_status(status);
	return status;
}

static int
control(int argc, char **argv)
{
	const char *config = NULL;
	int c;

	while ((c = getopt(argc, argv, "C:")) != -1)
		switch (c) {
		case 'C':
			config = optarg;
			break;
		default:
			return usage_error();
		}
	return run(config, argv + optind);
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
	if (strcmp(name, "mailq") != 0)
		return finish(control(argc, argv));
	log_open("mailq", NULL);
	if (argc > 2 && strcmp(argv[1], HANDOVER_OPTION) == 0)
		return finish(queue_for_user(argc, argv));
	return finish(queue(argc, argv, NULL));
}
