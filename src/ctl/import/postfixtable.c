#include <config.h>

#include "ctl/import/postfixtable.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/import/imported.h"
#include "ctl/import/logicalline.h"

#define SEPARATORS ", \t\r\n"

char *
postfixtable_next(char **list, char **name, bool *is_text)
{
	static const char *const types[] = {
		"hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash",
	};
	char *word = *list + strspn(*list, SEPARATORS);
	size_t len = strcspn(word, SEPARATORS);

	if (len == 0)
		return NULL;
	*list = word[len] != '\0' ? word + len + 1 : word + len;
	word[len] = '\0';
	*name = strchr(word, ':');
	*is_text = false;
	if (*name == NULL)
		*name = word + len;
	else
		*(*name)++ = '\0';
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i], word) == 0)
			*is_text = true;
	return word;
}

bool
postfixtable_row(char **rest, unsigned *count, char **key,
    struct statement *row)
{
	row->text = logicalline_next(rest, count, &row->line);
	if (row->text == NULL)
		return false;
	row->text += strspn(row->text, " \t\r");
	*key = strsep(&row->text, " \t\r");
	if (row->text == NULL)
		row->text = *key + strlen(*key);
	row->text += strspn(row->text, " \t\r");
	return true;
}

/* An address, or a name that gets the domain. */
static void
take_sender(struct imported *im, const struct statement *row,
    const char *key, const char *domain)
{
	const char *value = row->text;
	struct buf whole = { 0 };

	if (*value == '@' || *value == '\0')
		imported_lose(im, row, "'%s' as '%s': only the domain "
		    "changes, which senders does not do", key, value);
	else if (strchr(value, '@') != NULL)
		imported_sender(im, row, key, value);
	else if (domain != NULL) {
		buf_printf(&whole, "%s@%s", value, domain);
		imported_sender(im, row, key, whole.data);
	} else
		imported_lose(im, row, "'%s' as '%s': the address needs a "
		    "domain", key, value);
	buf_free(&whole);
}

static void
read_rows(struct imported *im, const char *file, const char *domain)
{
	char *rest = imported_read(im, file), *key;
	struct statement row = { .file = file };
	unsigned count = 0;

	while (rest != NULL && postfixtable_row(&rest, &count, &key, &row))
		take_sender(im, &row, key, domain);
}

/* Of regular expressions only those that match everything. */
static void
read_expressions(struct imported *im, const char *file)
{
	static const char *const all[] = {
		"/.+/", "/.*/", "/^.+$/", "/^.*$/", "/./", "/^/", "/(.+)/",
		"/^(.+)$/", "/(.*)/", "/^(.*)$/",
	};
	char *rest = imported_read(im, file), *key;
	struct statement row = { .file = file };
	unsigned count = 0;

	while (rest != NULL && postfixtable_row(&rest, &count, &key, &row)) {
		size_t i = 0, n = sizeof(all) / sizeof(all[0]);

		while (i < n && strcmp(all[i], key) != 0)
			i++;
		if (i < n && strchr(row.text, '$') == NULL)
			imported_sender(im, &row, "*", row.text);
		else
			imported_lose(im, &row, "a regular expression: in "
			    "senders '*' stands for any text");
	}
}

void
postfixtable_senders(struct imported *im, const char *parameter,
    const struct statement *list, const char *domain)
{
	char *rest = list->text, *type, *name;
	bool is_text;

	while (rest != NULL && (type = postfixtable_next(&rest, &name,
	    &is_text)) != NULL) {
		if (is_text)
			read_rows(im, name, domain);
		else if (strcmp(type, "static") == 0)
			imported_sender(im, list, "*", name);
		else if (strcmp(type, "regexp") == 0 ||
		    strcmp(type, "pcre") == 0)
			read_expressions(im, name);
		else
			imported_lose(im, list, "%s: a table of type %s; "
			    "write its rows into the table of senders",
			    parameter, type);
	}
}
