#include <config.h>

#include "flush/orphans.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <unistd.h>

#include "flush/helpers.h"
#include "flush/pool.h"

/*
 * An agent or a helper that has exited since they were asked for is left to
 * be asked for, before the next wait as its SIGCHLD is pending; the sweeper
 * is nobody whose end matters.
 */
void
orphans_reap(const struct pool *pool, const struct helpers *helpers)
{
	siginfo_t info;

	if (getpid() != 1)
		return;
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ==
		    -1 || info.si_pid == 0 ||
		    pool_has(pool, info.si_pid) ||
		    helpers_have(helpers, info.si_pid))
			return;
		waitpid(info.si_pid, NULL, WNOHANG);
	}
}
