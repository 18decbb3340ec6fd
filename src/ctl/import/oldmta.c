#include <config.h>

#include "ctl/import/oldmta.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "ctl/import/dma.h"
#include "ctl/import/esmtp.h"
#include "ctl/import/imported.h"
#include "ctl/import/msmtp.h"
#include "ctl/import/nullmailer.h"
#include "ctl/import/oldqueue.h"
#include "ctl/import/postfix.h"
#include "ctl/import/ssmtp.h"

#define SENDMAIL "/usr/sbin/sendmail"
#define POSTFIX "/var/spool/postfix/"

static const struct oldmta programs[] = {
	{ "ssmtp", "ssmtp", "ssmtp", "/etc/ssmtp/ssmtp.conf",
	    { "/etc/ssmtp/ssmtp.conf", "/etc/ssmtp/revaliases" },
	    ssmtp_import, { NULL }, NULL, NULL },
	{ "msmtp", "msmtp-mta", "msmtp", "/etc/msmtprc",
	    { "/etc/msmtprc", NULL }, msmtp_import, { NULL }, NULL, NULL },
	{ "nullmailer", "nullmailer", "nullmailer-inject",
	    "/etc/nullmailer/remotes", { "/etc/nullmailer", NULL },
	    nullmailer_import, { NULL }, NULL, NULL },
	{ "dma", "dma", "dma", "/etc/dma/dma.conf",
	    { "/etc/dma/dma.conf", NULL }, dma_import,
	    { "/var/spool/dma", NULL }, "Q", "dma -q" },
	{ "esmtp", "esmtp-run", "esmtp", "/etc/esmtprc",
	    { "/etc/esmtprc", NULL }, esmtp_import, { NULL }, NULL, NULL },
	{ "postfix", "postfix", "sendmail.postfix", "/etc/postfix/main.cf",
	    { "/etc/postfix/main.cf", NULL }, postfix_import,
	    { POSTFIX "maildrop", POSTFIX "incoming", POSTFIX "active",
	    POSTFIX "deferred", POSTFIX "hold", NULL }, "",
	    "postqueue -f" },
};

const struct oldmta *
oldmta_number(size_t i)
{
	return i < sizeof(programs) / sizeof(programs[0]) ? &programs[i] :
	    NULL;
}

const struct oldmta *
oldmta_find(const char *name)
{
	const struct oldmta *mta;

	for (size_t i = 0; (mta = oldmta_number(i)) != NULL; i++)
		if (strcmp(mta->name, name) == 0)
			return mta;
	return NULL;
}

bool
oldmta_is_there(const struct oldmta *mta, const char *root)
{
	struct buf path = { 0 };
	bool there;

	buf_printf(&path, "%s%s", root, mta->sign);
	there = access(path.data, F_OK) == 0;
	buf_free(&path);
	return there;
}

void
oldmta_name_queues(struct imported *im, const struct oldmta *mta,
    const char *root)
{
	for (size_t i = 0; mta->queues[i] != NULL; i++) {
		struct statement at = { .file = mta->queues[i] };
		struct buf path = { 0 };

		buf_printf(&path, "%s%s", root, at.file);
		if (oldqueue_waits(path.data, mta->prefix))
			imported_lose(im, &at, "mail waits here: have it "
			    "sent with '%s' before %s is removed",
			    mta->flush, mta->name);
		buf_free(&path);
	}
}

/* Whether dpkg has the file down as one of the package. */
static bool
is_in_package(const struct oldmta *mta, const char *root)
{
	enum { LIST_MAX = 4 * 1024 * 1024 };
	struct buf path = { 0 }, list = { 0 };
	bool found = false;

	buf_printf(&path, "%s/var/lib/dpkg/info/%s.list", root, mta->package);
	buf_addc(&list, '\n');
	if (io_read_named(path.data, &list, LIST_MAX) == 0)
		found = strstr(list.data, "\n" SENDMAIL "\n") != NULL;
	buf_free(&path);
	buf_free(&list);
	return found;
}

/* Follows the links of alternatives; the last name is that of the program. */
static const struct oldmta *
find_by_link(const char *root)
{
	enum { LINKS = 8 };
	char target[1024], last[1024] = SENDMAIL;
	const struct oldmta *found = NULL, *mta;

	for (int n = 0; n < LINKS && found == NULL; n++) {
		struct buf path = { 0 };
		const char *name;
		ssize_t len;

		buf_printf(&path, "%s%s", root, last);
		len = readlink(path.data, target, sizeof(target) - 1);
		buf_free(&path);
		if (len <= 0)
			return NULL;
		target[len] = '\0';
		name = strrchr(target, '/');
		name = name != NULL ? name + 1 : target;
		for (size_t i = 0; (mta = oldmta_number(i)) != NULL; i++)
			if (strcmp(mta->binary, name) == 0)
				found = mta;
		if (target[0] != '/')
			return found;
		strlcpy(last, target, sizeof(last));
	}
	return found;
}

const struct oldmta *
oldmta_of_sendmail(const char *root)
{
	const struct oldmta *mta;

	for (size_t i = 0; (mta = oldmta_number(i)) != NULL; i++)
		if (is_in_package(mta, root))
			return mta;
	return find_by_link(root);
}
