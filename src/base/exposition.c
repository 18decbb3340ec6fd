#include <config.h>

#include "base/exposition.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/histogram.h"

/* What stands in quotes has those escaped as well. */
static void
add_escaped(struct buf *out, const char *text, bool quoted)
{
	for (; *text != '\0'; text++)
		if (*text == '\n')
			buf_adds(out, "\\n");
		else {
			if (*text == '\\' || (*text == '"' && quoted))
				buf_addc(out, '\\');
			buf_addc(out, *text);
		}
}

void
exposition_family(struct buf *out, const char *name, const char *type,
    const char *help)
{
	buf_printf(out, "# HELP %s ", name);
	add_escaped(out, help, false);
	buf_printf(out, "\n# TYPE %s %s\n", name, type);
}

static void
add_name(struct buf *out, const char *name, const char *label,
    const char *label_value)
{
	buf_adds(out, name);
	if (label != NULL) {
		buf_printf(out, "{%s=\"", label);
		add_escaped(out, label_value, true);
		buf_adds(out, "\"}");
	}
	buf_addc(out, ' ');
}

void
exposition_integer(struct buf *out, const char *name, const char *label,
    const char *label_value, uint64_t value)
{
	add_name(out, name, label, label_value);
	buf_printf(out, "%" PRIu64 "\n", value);
}

void
exposition_seconds(struct buf *out, const char *name, const char *label,
    const char *label_value, double value)
{
	add_name(out, name, label, label_value);
	buf_printf(out, "%.6f\n", value);
}

/* Each bucket counts what is in those before it, too. */
void
exposition_histogram(struct buf *out, const char *name, const char *help,
    const struct histogram *h)
{
	struct buf part = { 0 };
	uint64_t count = 0;
	char bound[32];

	exposition_family(out, name, "histogram", help);
	buf_printf(&part, "%s_bucket", name);
	for (size_t i = 0; i < h->nbounds; i++) {
		count += h->counts[i];
		snprintf(bound, sizeof(bound), "%g", h->bounds[i]);
		exposition_integer(out, part.data, "le", bound, count);
	}
	count += h->counts[h->nbounds];
	exposition_integer(out, part.data, "le", "+Inf", count);
	buf_clear(&part);
	buf_printf(&part, "%s_sum", name);
	exposition_seconds(out, part.data, NULL, NULL, h->sum);
	buf_clear(&part);
	buf_printf(&part, "%s_count", name);
	exposition_integer(out, part.data, NULL, NULL, count);
	buf_free(&part);
}
