#include <config.h>

#include "spool/aliases.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "mail/alias.h"
#include "spool/warnings.h"

enum {
	ALIASES_MAX = 64 * 1024 * 1024,	/* bytes of a file: a million lines */
	TABLE_MIN = 64,			/* slots */
};

/* An entry and its name, which stands in names from offset on. */
struct named {
	struct alias_entry entry;
	size_t name;
};

struct list {
	char *path;
	struct buf text;
	int error;		/* errno if it could not be read */
};

/*
 * slots are a hash table with open addressing, never more than half full:
 * indices into entries, from 1.
 */
struct aliases {
	const char *path;
	struct warnings *warnings;
	bool may_be_missing;
	bool read;
	struct buf text;
	struct buf names;	/* in lower case, each with a NUL */
	struct named *entries;
	size_t nentries;
	uint32_t *slots;
	size_t nslots;		/* a power of two */
	struct list *lists;
	size_t nlists;
};

struct aliases *
aliases_new(const char *path, bool may_be_missing, struct warnings *warnings)
{
	struct aliases *as = xcalloc(1, sizeof(*as));

	as->path = path;
	as->may_be_missing = may_be_missing;
	as->warnings = warnings;
	return as;
}

void
aliases_free(struct aliases *as)
{
	for (size_t i = 0; i < as->nlists; i++) {
		free(as->lists[i].path);
		buf_free(&as->lists[i].text);
	}
	free(as->lists);
	free(as->slots);
	free(as->entries);
	buf_free(&as->names);
	buf_free(&as->text);
	free(as);
}

/* The slot of a name in lower case: its own, or the empty one for it. */
static uint32_t *
find_slot(const struct aliases *as, const char *name, size_t len)
{
	uint32_t hash = 2166136261U;	/* FNV-1a */
	size_t i;

	for (size_t n = 0; n < len; n++)
		hash = (hash ^ (unsigned char)name[n]) * 16777619U;
	for (i = hash; as->slots[i & (as->nslots - 1)] != 0; i++) {
		const char *other = as->names.data +
		    as->entries[as->slots[i & (as->nslots - 1)] - 1].name;

		if (strlen(other) == len && memcmp(other, name, len) == 0)
			break;
	}
	return &as->slots[i & (as->nslots - 1)];
}

/* Twice as many slots, and all entries in them. */
static void
grow(struct aliases *as)
{
	as->nslots = as->nslots > 0 ? 2 * as->nslots : TABLE_MIN;
	free(as->slots);
	as->slots = xcalloc(as->nslots, sizeof(*as->slots));
	as->entries = xreallocarray(as->entries, as->nslots / 2,
	    sizeof(*as->entries));
	for (size_t i = 0; i < as->nentries; i++) {
		const char *name = as->names.data + as->entries[i].name;

		*find_slot(as, name, strlen(name)) = (uint32_t)i + 1;
	}
}

static void
add(struct aliases *as, const struct alias *a, const struct buf *name)
{
	struct alias_entry entry = {
		.text = a->value.p, .end = a->value.end, .line = a->line,
	};
	uint32_t *slot;

	if (as->nentries == as->nslots / 2)
		grow(as);
	slot = find_slot(as, name->data, name->len);
	if (*slot != 0) {
		warnings_add(as->warnings, "%s:%u: '%s' stands in line %u "
		    "already; this one counts", as->path, a->line, name->data,
		    as->entries[*slot - 1].entry.line);
		as->entries[*slot - 1].entry = entry;
		return;
	}
	as->entries[as->nentries++] = (struct named){
		.entry = entry, .name = as->names.len,
	};
	*slot = (uint32_t)as->nentries;
	buf_add(&as->names, name->data, name->len);
	buf_addc(&as->names, '\0');
}

static void
lower(struct buf *name)
{
	for (size_t i = 0; i < name->len; i++)
		name->data[i] = (char)tolower((unsigned char)name->data[i]);
}

static void
read_file(struct aliases *as)
{
	struct buf name = { 0 };
	struct alias_cursor c = { .line = 1 };
	struct alias a;

	as->read = true;
	grow(as);
	if (io_read_named(as->path, &as->text, ALIASES_MAX) == -1) {
		if (errno != ENOENT || !as->may_be_missing)
			warnings_unread(as->warnings, errno,
			    "%s: cannot be read", as->path);
		buf_clear(&as->text);
	}
	buf_adds(&as->text, "");
	c.p = as->text.data;
	c.end = c.p + as->text.len;
	while (alias_next(&c, &a, &name)) {
		lower(&name);
		if (a.error == NULL && strlen(name.data) < name.len)
			a.error = "a name with a NUL byte in it";
		if (a.error != NULL)
			warnings_add(as->warnings, "%s:%u: %s", as->path,
			    a.line, a.error);
		else
			add(as, &a, &name);
	}
	buf_free(&name);
}

static struct alias_entry *
find(const struct aliases *as, const struct buf *name)
{
	uint32_t slot = *find_slot(as, name->data, name->len);

	return slot != 0 ? &as->entries[slot - 1].entry : NULL;
}

struct alias_entry *
aliases_find(struct aliases *as, const char *text, size_t len)
{
	struct alias_entry *entry;
	struct buf name = { 0 };
	const char *plus;

	if (!as->read)
		read_file(as);
	buf_add(&name, text, len);
	lower(&name);
	entry = find(as, &name);
	plus = memchr(name.data, '+', name.len);
	if (entry == NULL && plus != NULL && plus > name.data) {
		name.len = (size_t)(plus + 1 - name.data);
		buf_addc(&name, '*');
		entry = find(as, &name);
		name.len -= 2;
		if (entry == NULL)
			entry = find(as, &name);
	}
	buf_free(&name);
	return entry;
}

/* One that was read before, or has failed before, is in lists. */
static struct list *
find_list(struct aliases *as, const char *path)
{
	struct list *list;

	for (size_t i = 0; i < as->nlists; i++)
		if (strcmp(as->lists[i].path, path) == 0)
			return &as->lists[i];
	as->lists = xreallocarray(as->lists, as->nlists + 1,
	    sizeof(*as->lists));
	list = &as->lists[as->nlists++];
	*list = (struct list){ .path = xstrdup(path) };
	if (io_read_named(path, &list->text, ALIASES_MAX) == -1)
		list->error = errno;
	buf_adds(&list->text, "");
	return list;
}

int
aliases_list(struct aliases *as, const char *path, size_t len, unsigned line,
    struct alias_cursor *c)
{
	const struct list *list;

	if (path[0] != '/' || strlen(path) < len) {
		warnings_add(as->warnings, "%s:%u: the list '%s' is not named "
		    "by a path that begins with a slash", as->path, line,
		    path);
		return -1;
	}
	list = find_list(as, path);
	if (list->error != 0) {
		warnings_unread(as->warnings, list->error,
		    "%s:%u: the list %s cannot be read", as->path, line, path);
		return -1;
	}
	*c = (struct alias_cursor){
		.p = list->text.data,
		.end = list->text.data + list->text.len,
		.line = 1,
		.list = true,
	};
	return 0;
}
