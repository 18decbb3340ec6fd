#include <config.h>

#include "flush/summary.h"

#include "base/buf.h"

void
summary_write(const struct summary *s, struct buf *out)
{
	if (s->stopping)
		buf_adds(out, "stopping; ");
	if (s->waiting == 0)
		buf_adds(out, "no message waits");
	else if (s->waiting == 1)
		buf_adds(out, "1 message waits");
	else
		buf_printf(out, "%zu messages wait", s->waiting);
	if (s->trouble != NULL)
		buf_printf(out, "; cannot send: %s; see mailq", s->trouble);
	else if (s->rate != NULL)
		buf_printf(out, "; rate %s is used up", s->rate);
	if (s->mistaken)
		buf_adds(out, "; onehop.conf has mistakes and was not read "
		    "again");
}
