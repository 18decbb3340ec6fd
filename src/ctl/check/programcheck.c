#include <config.h>

#include "ctl/check/programcheck.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/check/checklist.h"
#include "ctl/check/place.h"
#include "ctl/check/units.h"
#include "mail/finding.h"
#include "spool/account.h"
#include "spool/program.h"

#define EVERYBODYS	"/usr/sbin/sendmail"

static const char why_setgid[] = "Users other than the owner of the spool "
    "can send only while onehop-flush runs.";

static void
say_setgid(const struct place *p, const char *path, const struct stat *st)
{
	struct buf remedy = { 0 };

	buf_printf(&remedy, "run: chgrp %s %s && chmod 2755 %s",
	    p->account->group, path, path);
	if (st->st_gid != p->gid)
		checklist_say(p->list, FINDING_WRONG, why_setgid, remedy.data,
		    "%s has the group %lu, not that of the spool, %s", path,
		    (unsigned long)st->st_gid, p->account->group);
	else
		checklist_say(p->list, FINDING_WRONG, why_setgid, remedy.data,
		    "%s has mode %04o, without the setgid bit", path,
		    (unsigned)(st->st_mode & 07777));
	buf_free(&remedy);
}

static void
check_setgid(const struct place *p, const char *path)
{
	struct statvfs fs;
	struct stat st;

	if (stat(path, &st) == -1)
		checklist_say(p->list, FINDING_WRONG, "Nothing can be sent.",
		    NULL, "%s: %s", path, strerror(errno));
	else if ((st.st_mode & S_ISGID) == 0 || st.st_gid != p->gid)
		say_setgid(p, path, &st);
	else if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID) != 0)
		checklist_say(p->list, FINDING_WARNING, why_setgid, NULL,
		    "%s is setgid, but its file system is mounted nosuid",
		    path);
	else
		checklist_say(p->list, FINDING_OK, NULL, NULL, "%s is setgid "
		    "%s", path, p->account->group);
}

/* Whether it is the one that cron, PHP and all others run. */
static void
check_everybodys(const struct place *p, const char *path)
{
	struct stat ours, theirs;
	struct buf remedy = { 0 };

	if (stat(path, &ours) == -1)
		return;
	buf_printf(&remedy, "run: dpkg-divert --local --rename --add "
	    EVERYBODYS " && ln -s %s " EVERYBODYS, path);
	if (stat(EVERYBODYS, &theirs) == -1)
		checklist_say(p->list, FINDING_WARNING, "Programs that send "
		    "mail run it.", remedy.data, EVERYBODYS ": %s",
		    strerror(errno));
	else if (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
		checklist_say(p->list, FINDING_WARNING, "Programs that send "
		    "mail run it, and do not get onehop.", remedy.data,
		    EVERYBODYS " is another program than %s", path);
	buf_free(&remedy);
}

static void
check_sandbox(const struct place *p)
{
	if (pledge_gap() == NULL)
		checklist_say(p->list, FINDING_OK, NULL, NULL,
		    "the sandbox of onehop-smtp holds on this system");
	else
		checklist_say(p->list, FINDING_WARNING, "Should the smarthost "
		    "take onehop-smtp over, it could do more than it should.",
		    NULL, "onehop-smtp is not confined in full: no %s here",
		    pledge_gap());
}

static void
check_service(const struct place *p)
{
	if (!units_are_used())
		return;
	if (units_enabled() != NULL)
		checklist_say(p->list, FINDING_OK, NULL, NULL,
		    "%s is enabled", units_enabled());
	else
		checklist_say(p->list, FINDING_WARNING, "After the next boot, "
		    "mail stays in the queue.", "run: systemctl enable --now "
		    "onehop", "onehop.service is not enabled");
}

void
programcheck_run(const struct place *p)
{
	struct buf path = { 0 };

	checklist_section("Programs");
	program_path(PROGRAM_SBIN, "sendmail", &path);
	check_setgid(p, path.data);
	check_everybodys(p, path.data);
	check_sandbox(p);
	check_service(p);
	buf_free(&path);
}
