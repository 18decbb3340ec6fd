#include <config.h>

#include <unistd.h>

void
closefrom(int first)
{
	long max = sysconf(_SC_OPEN_MAX);

	for (long fd = first; fd < max; fd++)
		close((int)fd);
}
