#include <config.h>

#include "base/help.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

bool
help_given(int argc, char **argv, const char *program, const char *usage)
{
	if (argc != 2)
		return false;
	if (strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return true;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("onehop %s " PACKAGE_VERSION "\n", program);
		return true;
	}
	return false;
}

int
help_end(void)
{
	return fflush(stdout) == EOF || ferror(stdout) ? EX_IOERR : EX_OK;
}
