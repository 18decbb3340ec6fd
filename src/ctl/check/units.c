#include <config.h>

#include "ctl/check/units.h"

#include <sys/stat.h>

#include <stddef.h>
#include <unistd.h>

#include "base/buf.h"

#define ON_DEMAND "onehop-demand.path"

bool
units_are_used(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

/* systemd.unit(5) calls for a link in a directory of the target. */
static bool
is_enabled(const char *unit)
{
	static const char *const targets[] = {
		"multi-user.target", "paths.target",
	};
	struct stat st;
	bool enabled = false;

	for (size_t i = 0; i < 2 && !enabled; i++) {
		struct buf path = { 0 };

		buf_printf(&path, "/etc/systemd/system/%s.wants/%s",
		    targets[i], unit);
		enabled = lstat(path.data, &st) == 0;
		buf_free(&path);
	}
	return enabled;
}

bool
units_on_demand(void)
{
	return units_are_used() && is_enabled(ON_DEMAND);
}

const char *
units_enabled(void)
{
	if (units_on_demand())
		return ON_DEMAND;
	return units_are_used() && is_enabled("onehop.service") ?
	    "onehop.service" : NULL;
}
