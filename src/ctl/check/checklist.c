#include <config.h>

#include "ctl/check/checklist.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/text.h"
#include "mail/finding.h"

enum { COLUMN = 11 };		/* where what was found begins */

void
checklist_section(const char *fmt, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	text_print(text.data, text.len);
	putchar('\n');
	buf_free(&text);
}

static void
print_line(const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	printf("  %-*s", COLUMN - 2, name);
	text_print(text, strlen(text));
	putchar('\n');
}

void
checklist_add(struct checklist *l, const struct finding *f)
{
	l->wrong += f->kind == FINDING_WRONG;
	l->warnings += f->kind == FINDING_WARNING;
	print_line(finding_name(f->kind), f->what);
	print_line("", f->why);
	print_line("", f->remedy);
	/* The next one may take its time. */
	fflush(stdout);
}

void
checklist_say(struct checklist *l, int kind, const char *why,
    const char *remedy, const char *what, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, what);
	buf_vprintf(&text, what, ap);
	va_end(ap);
	checklist_add(l, &(struct finding){
		.kind = (enum finding_kind)kind,
		.what = text.data,
		.why = why,
		.remedy = remedy,
	});
	buf_free(&text);
}

void
checklist_end(const struct checklist *l)
{
	if (l->wrong == 0 && l->warnings == 0)
		printf("All is well.\n");
	else if (l->wrong == 0)
		printf("Nothing is wrong; warnings: %u.\n", l->warnings);
	else
		printf("Wrong: %u; warnings: %u.\n", l->wrong, l->warnings);
}
