#include <config.h>

#include "smtp/findings.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "mail/finding.h"
#include "smtp/fault.h"
#include "smtp/remedy.h"

void
findings_say(int kind, const char *why, const char *remedy, const char *what,
    ...)
{
	struct buf text = { 0 }, line = { 0 };
	va_list ap;

	va_start(ap, what);
	buf_vprintf(&text, what, ap);
	va_end(ap);
	finding_encode(&(struct finding){
		.kind = (enum finding_kind)kind,
		.what = text.data,
		.why = why,
		.remedy = remedy,
	}, &line);
	if (io_write(STDOUT_FILENO, line.data, line.len) == -1)
		fatal(EX_IOERR, "cannot write");
	buf_free(&line);
	buf_free(&text);
}

void
findings_fault(const struct symptom *s, const char *where,
    const char *detail)
{
	const char *name = fault_name((enum fault)s->fault);
	struct buf remedy = { 0 };
	bool both = *name != '\0' && *detail != '\0';

	remedy_find(s, &remedy);
	findings_say(FINDING_WRONG, remedy_why(s->fault), remedy.data,
	    "%s: %s%s%s", where, name, both ? ": " : "", detail);
	buf_free(&remedy);
}
