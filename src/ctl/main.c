#include <config.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "ctl/list.h"
#include "ctl/mailq.h"
#include "ctl/rewrite.h"
#include "ctl/verbs.h"
#include "spool/config.h"
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
	struct config *cfg = config_load(path, &errors);

	if (errors.len == 0)
		return cfg;
	config_free(cfg);
	log_warn_lines(errors.data);
	exit(EX_CONFIG);
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

int
main(int argc, char **argv)
{
	const char *config = NULL, *name;
	bool json = false, is_mailq;
	int c;

	if (io_standard_streams() == -1 || argc == 0)
		return EX_OSERR;
	name = strrchr(argv[0], '/') != NULL ?
	    strrchr(argv[0], '/') + 1 : argv[0];
	is_mailq = strcmp(name, "mailq") == 0;
	log_open(is_mailq ? "mailq" : "onehopctl", NULL);
	while ((c = getopt(argc, argv, is_mailq ? "C:A:jv" : "C:")) != -1)
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
	if (is_mailq)
		return mailq(open_spool(config), json);
	return run(config, argv + optind);
}
