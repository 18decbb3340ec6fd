#include <config.h>

#include "ctl/import/import.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "ctl/import/importcheck.h"
#include "ctl/import/imported.h"
#include "ctl/import/importwrite.h"
#include "ctl/import/nullqueue.h"
#include "ctl/import/oldmta.h"
#include "spool/hostname.h"

/* What is asked for. */
struct request {
	bool write;
	bool force;
	const char *root;	/* "" or a directory, before every path */
	char **files;		/* which are taken as they are */
	int nfiles;
};

/*
 * A file that was named is where it was said to be; others below root.  Half
 * of a configuration is not what it says, so one that may be read later ends
 * the program.
 */
static int
read_below(void *arg, const char *path, struct buf *text)
{
	enum { FILE_MAX = 1024 * 1024 };
	const struct request *rq = arg;
	struct buf whole = { 0 };
	bool named = false;
	int result, error;

	for (int i = 0; i < rq->nfiles; i++)
		named = named || strncmp(path, rq->files[i],
		    strlen(rq->files[i])) == 0;
	buf_printf(&whole, "%s%s", named ? "" : rq->root, path);
	result = io_read_named(whole.data, text, FILE_MAX);
	error = errno;
	if (result == -1 && (io_is_trouble(error) || error == EACCES))
		fatal(EX_NOINPUT, "%s", whole.data);
	buf_free(&whole);
	errno = error;
	return result;
}

/* Says what there is, and takes the one that sendmail belongs to. */
static const struct oldmta *
choose(const char *root)
{
	const struct oldmta *owner = oldmta_of_sendmail(root), *mta;
	const struct oldmta *found = NULL;
	size_t n = 0;

	for (size_t i = 0; (mta = oldmta_number(i)) != NULL; i++) {
		if (!oldmta_is_there(mta, root))
			continue;
		log_warnx("found %s: %s%s%s", mta->name, root, mta->sign,
		    mta == owner ? ", whose sendmail this is" : "");
		found = mta;
		n++;
	}
	if (owner != NULL && oldmta_is_there(owner, root))
		return owner;
	if (n == 0)
		fatalx(EX_NOINPUT, "found no configuration of ssmtp, msmtp, "
		    "nullmailer, dma, esmtp or postfix");
	if (n > 1)
		fatalx(EX_NOINPUT, "say which one, as in: onehopctl import "
		    "%s", found->name);
	return found;
}

static struct imported *
import(const struct oldmta *mta, struct request *rq, const char *host)
{
	struct imported *im = imported_new(mta->name, host, read_below, rq);
	const char *files[2] = { mta->files[0], mta->files[1] };

	for (int i = 0; i < rq->nfiles; i++)
		files[i] = rq->files[i];
	mta->import(im, files);
	importcheck(im);
	oldmta_name_queues(im, mta, rq->root);
	return im;
}

static void
print(const struct imported *im)
{
	struct buf text = { 0 };

	imported_print(im, &text);
	fputs(text.data, stdout);
	buf_free(&text);
	if (imported_secret(im) != NULL)
		printf("\n# The password is not shown; --write puts it into "
		    "its file.\n");
	if (imported_senders(im) != NULL)
		printf("\n# --write puts this into the table of senders:\n"
		    "#\n");
	for (const char *p = imported_senders(im); p != NULL && *p != '\0';
	    p += strcspn(p, "\n") + 1)
		printf("# %.*s\n", (int)strcspn(p, "\n"), p);
}

static int
write_all(struct imported *im, const struct oldmta *mta,
    const struct request *rq, const char *config)
{
	struct buf list = { 0 }, queue = { 0 };
	int status = EX_OK;

	importwrite(im, config, rq->force);
	imported_list(im, &list);
	if (list.len > 0)
		log_warn_lines(list.data);
	buf_free(&list);
	if (strcmp(mta->name, "nullmailer") == 0) {
		buf_printf(&queue, "%s/var/spool/nullmailer", rq->root);
		status = nullqueue_take(queue.data, config);
		buf_free(&queue);
	}
	printf("onehopctl check tells whether it works\n");
	return status;
}

static int
parse(struct request *rq, int argc, char **argv)
{
	static const struct option options[] = {
		{ "write", no_argument, NULL, 'w' },
		{ "force", no_argument, NULL, 'f' },
		{ "from", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c == 'w')
			rq->write = true;
		else if (c == 'f')
			rq->force = true;
		else if (c == 'r')
			rq->root = optarg;
		else
			return -1;
	if (rq->force && !rq->write)
		return -1;
	return 0;
}

/* PROGRAM [FILE ...], and the configuration of it. */
static const struct oldmta *
find_program(struct request *rq, int argc, char **argv)
{
	const struct oldmta *mta;

	if (optind == argc)
		return choose(rq->root);
	mta = oldmta_find(argv[optind]);
	if (mta == NULL)
		fatalx(EX_USAGE, "'%s' is not one of ssmtp, msmtp, "
		    "nullmailer, dma, esmtp, postfix", argv[optind]);
	rq->files = argv + optind + 1;
	rq->nfiles = argc - optind - 1;
	if (rq->nfiles == 0 && !oldmta_is_there(mta, rq->root))
		fatal(EX_NOINPUT, "%s%s", rq->root, mta->sign);
	if (rq->nfiles > 0 && access(rq->files[0], R_OK) == -1)
		fatal(EX_NOINPUT, "%s", rq->files[0]);
	return mta;
}

int
verb_import(const char *config, int argc, char **argv)
{
	struct request rq = { .root = "" };
	struct buf host = { 0 };
	const struct oldmta *mta;
	struct imported *im;
	int status = EX_OK;

	if (parse(&rq, argc, argv) == -1 || argc - optind > 3)
		return EX_USAGE;
	mta = find_program(&rq, argc, argv);
	hostname_fqdn(&host);
	im = import(mta, &rq, host.len > 0 ? host.data : "localhost");
	importwrite_name_files(im, config);
	if (rq.write)
		status = write_all(im, mta, &rq, config);
	else {
		print(im);
		if (imported_losses(im) > 0)
			log_warnx("what could not be carried over stands at "
			    "the end");
	}
	imported_free(im);
	buf_free(&host);
	return status;
}
