#include <config.h>

#include "ctl/oldmta.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "ctl/dma.h"
#include "ctl/esmtp.h"
#include "ctl/msmtp.h"
#include "ctl/nullmailer.h"
#include "ctl/postfix.h"
#include "ctl/ssmtp.h"

#define SENDMAIL "/usr/sbin/sendmail"

static const struct oldmta programs[] = {
	{ "ssmtp", "ssmtp", "ssmtp", "/etc/ssmtp/ssmtp.conf",
	    { "/etc/ssmtp/ssmtp.conf", "/etc/ssmtp/revaliases" },
	    ssmtp_import },
	{ "msmtp", "msmtp-mta", "msmtp", "/etc/msmtprc",
	    { "/etc/msmtprc", NULL }, msmtp_import },
	{ "nullmailer", "nullmailer", "nullmailer-inject",
	    "/etc/nullmailer/remotes", { "/etc/nullmailer", NULL },
	    nullmailer_import },
	{ "dma", "dma", "dma", "/etc/dma/dma.conf",
	    { "/etc/dma/dma.conf", NULL }, dma_import },
	{ "esmtp", "esmtp-run", "esmtp", "/etc/esmtprc",
	    { "/etc/esmtprc", NULL }, esmtp_import },
	{ "postfix", "postfix", "sendmail.postfix", "/etc/postfix/main.cf",
	    { "/etc/postfix/main.cf", NULL }, postfix_import },
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
