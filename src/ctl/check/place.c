#include <config.h>

#include "ctl/check/place.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "spool/account.h"
#include "spool/config.h"
#include "spool/owner.h"

void
place_find(struct place *p)
{
	struct stat st;

	if (owner_become(p->cfg->spool) == -1)
		fatal(EX_OSERR, "cannot become the owner of %s",
		    p->cfg->spool);
	p->uid = geteuid();
	p->gid = getegid();
	p->spool = open(p->cfg->spool, O_PATH | O_DIRECTORY | O_CLOEXEC);
	p->error = errno;
	if (p->spool != -1 && fstat(p->spool, &st) == 0) {
		p->uid = st.st_uid;
		p->gid = st.st_gid;
	}
	p->owner = p->uid == geteuid() || geteuid() == 0;
	account_find(p->account, p->uid, p->gid);
}

void
place_command(const struct place *p, const char *verb, struct buf *out)
{
	buf_adds(out, "onehopctl ");
	if (p->file != NULL)
		buf_printf(out, "-C %s ", p->file);
	buf_adds(out, verb);
}
