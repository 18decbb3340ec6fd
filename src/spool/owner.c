#include <config.h>

#include "spool/owner.h"

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <unistd.h>

#include "spool/spool.h"

int
owner_become(const char *path)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (stat(path, &st) == -1)
		return errno == ENOENT ? 0 : -1;
	if (st.st_uid == 0)
		return 0;
	if (setgroups(1, &st.st_gid) == -1 ||
	    setresgid(st.st_gid, st.st_gid, st.st_gid) == -1)
		return -1;
	return setresuid(st.st_uid, st.st_uid, st.st_uid);
}

int
owner_open_spool(const char *path)
{
	return owner_become(path) == -1 ? -1 : spool_open(path);
}
