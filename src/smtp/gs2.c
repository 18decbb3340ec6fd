#include <config.h>

#include "smtp/gs2.h"

#include <string.h>

#include "base/buf.h"
#include "smtp/exchange.h"

void
gs2_name(const char *name, struct buf *out)
{
	for (; *name != '\0'; name++) {
		if (*name == '=')
			buf_adds(out, "=3D");
		else if (*name == ',')
			buf_adds(out, "=2C");
		else
			buf_addc(out, *name);
	}
}

void
gs2_header(const struct exchange *e, const char *authzid, struct buf *out)
{
	if (e->binding != NULL)
		buf_printf(out, "p=%s,", e->binding);
	else
		buf_adds(out, e->unoffered ? "y," : "n,");
	if (authzid != NULL) {
		buf_adds(out, "a=");
		gs2_name(authzid, out);
	}
	buf_addc(out, ',');
}
