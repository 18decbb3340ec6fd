#include <config.h>

#include "ctl/setup.h"

#include <stddef.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/log.h"
#include "spool/conffile.h"
#include "spool/config.h"
#include "spool/owner.h"

struct config *
setup_config(const char *file)
{
	struct buf errors = { 0 };
	struct config *cfg = conffile_load(file, &errors);

	if (errors.len == 0)
		return cfg;
	config_free(cfg);
	log_warn_lines(errors.data);
	fatalx(EX_CONFIG, "the configuration has mistakes");
}

int
setup_spool(const char *file)
{
	struct config *cfg = setup_config(file);
	int spool = owner_open_spool(cfg->spool);

	if (spool == -1)
		fatal(EX_OSERR, "cannot open the spool %s", cfg->spool);
	config_free(cfg);
	return spool;
}
