#include <config.h>

#include "ctl/import/oldalias.h"

#include <string.h>

#include "ctl/import/imported.h"

#define BLANKS " \t\r"

void
oldalias_catch_all(struct imported *im, const char *file, const char *name)
{
	char *rest = imported_read(im, file), *line, *value;
	struct statement at = { .file = file };

	while ((line = imported_line(&rest, &at)) != NULL) {
		value = line;
		line = strsep(&value, ":");
		line[strcspn(line, BLANKS)] = '\0';
		if (value == NULL || strcmp(line, name) != 0)
			continue;
		value += strspn(value, BLANKS);
		value[strcspn(value, "#" BLANKS)] = '\0';
		imported_set(im, &at, "admin", "%s", value);
	}
}
