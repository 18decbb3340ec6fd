#include <config.h>

#include "base/buf.h"
#include "ctl/import/importcheck.h"
#include "ctl/import/imported.h"
#include "ctl/import/postfix.h"
#include "spool/conffile.h"
#include "spool/config.h"

#include "oldfiles.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check_import(data, len, postfix_import);
	return 0;
}
