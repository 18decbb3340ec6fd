#include <config.h>

#include "base/buf.h"
#include "ctl/importcheck.h"
#include "ctl/imported.h"
#include "ctl/dma.h"
#include "spool/conffile.h"
#include "spool/config.h"

#include "oldfiles.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check_import(data, len, dma_import);
	return 0;
}
