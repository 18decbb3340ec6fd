#include <config.h>

#include "ctl/import/known.h"

#include <string.h>
#include <strings.h>

#include "ctl/import/imported.h"

static const struct known *
find(const struct known *k, bool fold, const char *keyword)
{
	for (; k->name != NULL; k++)
		if (fold ? strcasecmp(k->name, keyword) == 0 :
		    strcmp(k->name, keyword) == 0)
			return k;
	return NULL;
}

void
known_take(struct imported *im, const struct known *table, bool fold,
    const char *keyword, const struct statement *at, void *into)
{
	const struct known *k = find(table, fold, keyword);

	/* What is not where it belongs may be a part of a password. */
	if (k == NULL)
		imported_lose(im, at, "there is a keyword that is not known");
	else if (k->why == NULL)
		memcpy((char *)into + k->offset, at, sizeof(*at));
	else if (*k->why != '\0')
		imported_lose(im, at, "%s: %s", k->name, k->why);
}
