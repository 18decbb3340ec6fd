#include <config.h>

#include "sendmail/caller.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "base/passwd.h"
#include "base/xmalloc.h"

#define PASSWD_FILE "/etc/passwd"

enum { PASSWD_READ = 4096 };	/* most callers are on the first page */

static char *
full_name(const char *login, const char *gecos)
{
	struct buf name = { 0 };
	char *copy;

	for (const char *p = gecos; *p != '\0' && *p != ','; p++) {
		if (*p != '&') {
			buf_addc(&name, *p);
			continue;
		}
		buf_addc(&name, (char)toupper((unsigned char)*login));
		if (*login != '\0')
			buf_adds(&name, login + 1);
	}
	copy = xstrdup(name.len > 0 ? name.data : "");
	buf_free(&name);
	return copy;
}

void
caller_name(struct caller *c, const char *login, const char *gecos)
{
	c->login = xstrdup(login);
	c->full_name = full_name(login, gecos);
}

static void
take_entry(struct caller *c, const struct passwd_entry *entry)
{
	char *login = xstrndup(entry->name, entry->namelen);
	char *gecos = xstrndup(entry->gecos, entry->gecoslen);

	caller_name(c, login, gecos);
	free(login);
	free(gecos);
}

/* Looks through the lines in text, and drops all that are complete. */
static bool
find_in_text(struct caller *c, struct buf *text, bool ended)
{
	const char *lf = memrchr(text->data, '\n', text->len);
	size_t len = ended ? text->len :
	    lf == NULL ? 0 : (size_t)(lf + 1 - text->data);
	struct passwd_entry entry;

	if (passwd_find(text->data, len, c->uid, &entry)) {
		take_entry(c, &entry);
		return true;
	}
	buf_drop(text, len);
	return false;
}

/*
 * Reads no more than it takes.  A file that cannot be read has nobody in it,
 * and the name service will be asked; but where it is we who can open none,
 * there is no use in that, and what would be run for it may not even begin.
 */
bool
caller_is_in_file(struct caller *c)
{
	struct buf text = { 0 };
	int fd = open(PASSWD_FILE, O_RDONLY | O_CLOEXEC);
	bool found = false;
	ssize_t n;

	if (fd == -1 && (errno == EMFILE || errno == ENFILE))
		fatal(EX_TEMPFAIL, "cannot open " PASSWD_FILE);
	if (fd == -1)
		return false;
	do {
		n = io_read(fd, &text, PASSWD_READ);
		if (n >= 0)
			found = find_in_text(c, &text, n == 0);
	} while (!found && (n > 0 || (n == -1 && errno == EINTR)));
	close(fd);
	buf_free(&text);
	return found;
}

void
caller_number(struct caller *c)
{
	struct buf number = { 0 };

	buf_printf(&number, "%lu", (unsigned long)c->uid);
	caller_name(c, number.data, "");
	buf_free(&number);
}

void
caller_free(struct caller *c)
{
	free(c->login);
	free(c->full_name);
	c->login = c->full_name = NULL;
}
