#include <config.h>

#include "spool/program.h"

#include <stdlib.h>

#include "base/buf.h"

static const struct {
	const char *variable;
	const char *installed;
} directories[] = {
	[PROGRAM_SBIN] = { "ONEHOP_SBINDIR", SBINDIR },
	[PROGRAM_LIBEXEC] = { "ONEHOP_LIBEXECDIR", LIBEXECDIR },
};

void
program_path(enum program_directory where, const char *name, struct buf *out)
{
	const char *dir = getenv(directories[where].variable);

	if (dir == NULL)
		dir = directories[where].installed;
	buf_printf(out, "%s/%s", dir, name);
}
