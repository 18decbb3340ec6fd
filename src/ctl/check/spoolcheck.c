#include <config.h>

#include "ctl/check/spoolcheck.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "ctl/check/checklist.h"
#include "ctl/check/permission.h"
#include "ctl/check/place.h"
#include "ctl/check/units.h"
#include "mail/finding.h"
#include "mail/trouble.h"
#include "spool/account.h"
#include "spool/config.h"
#include "spool/handover.h"
#include "spool/running.h"
#include "spool/spool.h"
#include "spool/status.h"
#include "spool/trigger.h"

static const char why_spool[] = "Mail cannot be queued or sent, or others "
    "can read or remove it.";

/* Checks one part of the spool, which a command makes; 0 or -1. */
static int
check_part(const struct place *p, const char *name, mode_t kind, mode_t mode,
    const char *make)
{
	struct buf path = { 0 }, command = { 0 };
	struct permission permission = {
		.kind = kind,
		.mode = mode,
		.uid = p->uid,
		.gid = p->gid,
		.user = p->account->user,
		.group = p->account->group,
		.why = why_spool,
	};
	int result;

	buf_printf(&path, "%s/%s", p->cfg->spool, name);
	buf_printf(&command, "run: %s -m %05o %s && chown %s:%s %s && chmod "
	    "%05o %s", make, (unsigned)mode, path.data, p->account->user,
	    p->account->group, path.data, (unsigned)mode, path.data);
	permission.path = path.data;
	permission.make = command.data;
	result = permission_check(&permission, p->spool, name, p->list);
	buf_free(&command);
	buf_free(&path);
	return result;
}

/* The flusher makes the socket when it starts: it may be missing. */
static int
check_socket(const struct place *p)
{
	struct stat st;

	if (fstatat(p->spool, HANDOVER_NAME, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT)
		return 0;
	return check_part(p, HANDOVER_NAME, S_IFSOCK, HANDOVER_MODE, "");
}

static int
check_directory(const struct place *p)
{
	struct permission permission = {
		.path = p->cfg->spool,
		.kind = S_IFDIR,
		.mode = SPOOL_MODE,
		.uid = p->uid,
		.gid = p->gid,
		.user = p->account->user,
		.group = p->account->group,
		.why = why_spool,
	};

	return permission_check(&permission, p->spool, ".", p->list);
}

static void
check_parts(const struct place *p)
{
	int result = check_directory(p);

	for (int i = 0; i < SPOOL_STATES; i++)
		result += check_part(p, spool_name((enum spool_state)i),
		    S_IFDIR, spool_mode((enum spool_state)i), "mkdir");
	result += check_part(p, TRIGGER_NAME, S_IFIFO, TRIGGER_MODE,
	    "mkfifo");
	result += check_socket(p);
	if (result == 0)
		checklist_say(p->list, FINDING_OK, NULL, NULL, "owner %s:%s "
		    "and modes are right", p->account->user, p->account->group);
}

static void
check_root(const struct place *p)
{
	struct buf remedy = { 0 };

	if (p->uid != 0)
		return;
	buf_printf(&remedy, "run: chown -R onehop:onehop %s", p->cfg->spool);
	checklist_say(p->list, FINDING_WARNING, "What talks to the smarthost "
	    "runs as its owner, and need not be root.", remedy.data,
	    "%s belongs to root", p->cfg->spool);
	buf_free(&remedy);
}

/* Who has the group can read what waits in new/. */
static void
check_group(const struct place *p)
{
	const struct group *group = getgrgid(p->gid);
	struct buf remedy = { 0 };

	if (p->gid == 0 || group == NULL || group->gr_mem[0] == NULL)
		return;
	buf_printf(&remedy, "run: gpasswd -d %s %s", group->gr_mem[0],
	    group->gr_name);
	checklist_say(p->list, FINDING_WARNING, "Who is a member can read all "
	    "mail that waits in new/.", remedy.data,
	    "the group %s has members, such as %s", group->gr_name,
	    group->gr_mem[0]);
	buf_free(&remedy);
}

static void
check_room(const struct place *p)
{
	struct statvfs fs;
	uint64_t left;

	if (statvfs(p->cfg->spool, &fs) == -1)
		return;
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (left < p->cfg->max_size || (fs.f_files > 0 && fs.f_favail == 0))
		checklist_say(p->list, FINDING_WARNING, "Messages are refused "
		    "for want of room.", NULL, "%s: %ju MB and %ju files left "
		    "on its file system", p->cfg->spool,
		    (uintmax_t)(left >> 20), (uintmax_t)fs.f_favail);
	else
		checklist_say(p->list, FINDING_OK, NULL, NULL,
		    "%ju MB left on its file system", (uintmax_t)(left >> 20));
}

/* Why it waits, if it does, which may be over. */
static void
check_breaker(const struct place *p)
{
	struct buf remedy = { 0 };
	struct status status;
	char date[DATE_SIZE];

	if (status_read(p->spool, &status) != 1)
		return;
	date_short(date, (time_t)status.since);
	if (status.trouble == TROUBLE_RATE) {
		checklist_say(p->list, FINDING_NOTE, NULL, NULL,
		    "mail waits since %s: %s", date, status.reason);
		return;
	}
	buf_adds(&remedy, "run: ");
	place_command(p, "retry", &remedy);
	checklist_say(p->list, FINDING_WARNING, "It tries again after a "
	    "while by itself; once the reason is gone it need not wait.",
	    remedy.data, "onehop-flush waits since %s: %s", date,
	    status.reason);
	buf_free(&remedy);
}

/* It makes the socket when it starts; when it was reloaded cannot be seen. */
static void
check_reload(const struct place *p)
{
	struct stat socket, file;

	if (fstatat(p->spool, HANDOVER_NAME, &socket, 0) == -1 ||
	    stat(p->cfg->file, &file) == -1 ||
	    file.st_mtime <= socket.st_mtime)
		return;
	checklist_say(p->list, FINDING_NOTE, NULL, "run: systemctl reload "
	    "onehop, or: pkill -HUP onehop-flush", "%s was changed after "
	    "onehop-flush was started; it is read anew on SIGHUP only",
	    p->cfg->file);
}

static void
check_flusher(const struct place *p)
{
	int running = running_flusher(p->spool);

	if (running == 1)
		checklist_say(p->list, FINDING_OK, NULL, NULL,
		    "onehop-flush is running");
	else if (running == 0 && units_on_demand())
		checklist_say(p->list, FINDING_OK, NULL, NULL,
		    "onehop-flush is started on demand");
	else if (running == -1)
		checklist_say(p->list, FINDING_WRONG, why_spool, NULL,
		    "cannot see whether onehop-flush is running: %s",
		    strerror(errno));
	else
		checklist_say(p->list, FINDING_WRONG, "Mail stays in the "
		    "queue until something sends it.", "run: systemctl enable "
		    "--now onehop, or without systemd: onehop-flush -d",
		    "onehop-flush is not running");
	if (running == 1) {
		check_reload(p);
		check_breaker(p);
	}
}

static void
say_missing(const struct place *p)
{
	const char *spool = p->cfg->spool;
	struct buf remedy = { 0 };

	buf_printf(&remedy, "run: install -d -m %04o %s%s && ", SPOOL_MODE,
	    strcmp(spool, SPOOLDIR) == 0 ? "-o onehop -g onehop " : "",
	    spool);
	place_command(p, "list", &remedy);
	checklist_say(p->list, FINDING_WRONG, why_spool, remedy.data,
	    "%s: %s", spool, strerror(p->error));
	buf_free(&remedy);
}

void
spoolcheck_run(const struct place *p)
{
	checklist_section("Spool %s", p->cfg->spool);
	if (p->spool == -1) {
		say_missing(p);
		return;
	}
	check_parts(p);
	check_root(p);
	check_group(p);
	check_room(p);
	if (p->owner)
		check_flusher(p);
	else
		checklist_say(p->list, FINDING_NOTE, NULL, NULL, "only root "
		    "can see whether onehop-flush is running");
}
