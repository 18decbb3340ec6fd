#include <config.h>

#include "ctl/check/permission.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/check/checklist.h"
#include "mail/finding.h"

enum { PERMISSIONS = 07777 };

static void
say_missing(const struct permission *p, struct checklist *list)
{
	checklist_say(list, FINDING_WRONG, p->why,
	    errno == ENOENT ? p->make : NULL, "%s: %s", p->path,
	    strerror(errno));
}

static void
say_owner(const struct permission *p, const struct stat *st,
    struct checklist *list)
{
	struct buf remedy = { 0 };

	buf_printf(&remedy, "run: chown %s:%s %s && chmod %05o %s", p->user,
	    p->group, p->path, (unsigned)p->mode, p->path);
	checklist_say(list, FINDING_WRONG, p->why, remedy.data,
	    "%s belongs to %lu:%lu, not to %s:%s", p->path,
	    (unsigned long)st->st_uid, (unsigned long)st->st_gid, p->user,
	    p->group);
	buf_free(&remedy);
}

static void
say_mode(const struct permission *p, mode_t mode, struct checklist *list)
{
	struct buf remedy = { 0 };

	/* Of fewer digits GNU's takes no setgid bit away from a directory. */
	buf_printf(&remedy, "run: chmod %05o %s", (unsigned)p->mode, p->path);
	checklist_say(list, FINDING_WRONG, p->why, remedy.data,
	    "%s has mode %04o, not %04o", p->path, (unsigned)mode,
	    (unsigned)p->mode);
	buf_free(&remedy);
}

int
permission_check(const struct permission *p, int dirfd, const char *name,
    struct checklist *list)
{
	struct stat st;
	mode_t mode;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		say_missing(p, list);
		return -1;
	}
	mode = st.st_mode & PERMISSIONS;
	if ((st.st_mode & S_IFMT) != p->kind)
		checklist_say(list, FINDING_WRONG, p->why, NULL, "%s is not "
		    "what it should be, but another kind of file", p->path);
	else if (st.st_uid != p->uid || st.st_gid != p->gid)
		say_owner(p, &st, list);
	else if (mode != p->mode)
		say_mode(p, mode, list);
	else
		return 0;
	return -1;
}
