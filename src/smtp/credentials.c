#include <config.h>

#include "smtp/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "smtp/secret.h"
#include "spool/config.h"

enum {
	/* Tokens run to some kilobytes; more is not a password. */
	PASSWORD_MAX = 16 * 1024,
};

/* Takes the first line without its end.  NULL, or what is wrong. */
static const char *
take_line(const struct buf *text, char **line)
{
	const char *lf;
	size_t len = text->len;

	if (len > 0 && (lf = memchr(text->data, '\n', len)) != NULL)
		len = (size_t)(lf - text->data);
	if (len > 0 && text->data[len - 1] == '\r')
		len--;
	if (len == 0)
		return "has no password in its first line";
	if (memchr(text->data, '\0', len) != NULL)
		return "has a NUL in its first line";
	*line = xstrndup(text->data, len);
	return NULL;
}

int
credentials_read(struct credentials *c, const struct config *config,
    struct buf *error)
{
	struct buf text = { 0 };
	const char *wrong;

	*c = (struct credentials){ .user = config->user };
	if (c->user == NULL)
		return 0;
	wrong = secret_read(config->password_file, &text, PASSWORD_MAX);
	if (wrong == NULL)
		wrong = take_line(&text, &c->password);
	buf_free(&text);
	if (wrong == NULL)
		return 0;
	buf_printf(error, "password-file %s: %s", config->password_file,
	    wrong);
	return -1;
}

void
credentials_wipe(struct credentials *c)
{
	if (c->password != NULL)
		freezero(c->password, strlen(c->password));
	c->password = NULL;
}
