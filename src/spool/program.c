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

	if (dir != NULL)
		buf_printf(out, "%s/%s", dir, name);
	else
		program_installed_path(where, name, out);
}

void
program_installed_path(enum program_directory where, const char *name,
    struct buf *out)
{
	buf_printf(out, "%s/%s", directories[where].installed, name);
}
