#include <config.h>

#include "ctl/import/importcheck.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/import/imported.h"
#include "spool/config.h"

/* One is of no use without the other. */
static void
check_pair(struct imported *im, const char *one, const char *other)
{
	if (imported_value(im, one) != NULL &&
	    imported_value(im, other) == NULL)
		imported_drop(im, one, "of no use without the other");
}

static void
set(struct config *cfg, const struct imported *im, const char *keyword)
{
	const char *value = imported_value(im, keyword);
	struct buf error = { 0 };

	if (value != NULL)
		config_set(cfg, config_keyword(keyword, strlen(keyword)),
		    value, &error);
	buf_free(&error);
}

static void
check_retry(struct imported *im)
{
	struct statement at = { .file = "retry-max must not be less than "
	    "retry-min" };
	const char *min = imported_value(im, "retry-min");
	const char *max = imported_value(im, "retry-max");
	struct config *cfg = config_new("");

	set(cfg, im, "retry-min");
	set(cfg, im, "retry-max");
	if (cfg->retry_max < cfg->retry_min) {
		if (min == NULL)
			imported_set(im, &at, "retry-min", "%s", max);
		else if (max == NULL)
			imported_set(im, &at, "retry-max", "%s", min);
		else {
			imported_drop(im, "retry-max",
			    "is less than retry-min");
			imported_set(im, &at, "retry-max", "%s", min);
		}
	}
	config_free(cfg);
}

void
importcheck(struct imported *im)
{
	check_pair(im, "tls-cert-file", "tls-key-file");
	check_pair(im, "tls-key-file", "tls-cert-file");
	check_retry(im);
}
