#include <config.h>

#include "sendmail/caller.h"

#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/xmalloc.h"

static char *
full_name(const struct passwd *pw)
{
	struct buf name = { 0 };
	char *copy;

	for (const char *p = pw->pw_gecos; *p != '\0' && *p != ','; p++) {
		if (*p != '&') {
			buf_addc(&name, *p);
			continue;
		}
		buf_addc(&name, (char)toupper((unsigned char)*pw->pw_name));
		if (*pw->pw_name != '\0')
			buf_adds(&name, pw->pw_name + 1);
	}
	copy = xstrdup(name.len > 0 ? name.data : "");
	buf_free(&name);
	return copy;
}

void
caller_look_up(struct caller *c)
{
	const struct passwd *pw;
	struct buf number = { 0 };

	if (c->login != NULL)
		return;
	pw = getpwuid(c->uid);
	if (pw != NULL) {
		c->login = xstrdup(pw->pw_name);
		c->full_name = full_name(pw);
		return;
	}
	buf_printf(&number, "%lu", (unsigned long)c->uid);
	c->login = xstrdup(number.data);
	c->full_name = xstrdup("");
	buf_free(&number);
}

void
caller_free(struct caller *c)
{
	free(c->login);
	free(c->full_name);
	c->login = c->full_name = NULL;
}
