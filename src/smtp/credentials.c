#include <config.h>

#include "smtp/credentials.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "spool/config.h"

enum {
	/* Tokens run to some kilobytes; more is not a password. */
	PASSWORD_MAX = 16 * 1024,
};

/*
 * Checks whose the open file is and reads it.  NULL, or what is wrong.  It
 * is checked and read through one descriptor, so that it is one file.
 */
static const char *
read_file(int fd, struct buf *text)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "is not a regular file";
	if ((st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		return "can be read by others: chmod 0400 it";
	do
		n = io_read(fd, text, PASSWORD_MAX);
	while ((n > 0 && text->len <= PASSWORD_MAX) ||
	    (n == -1 && errno == EINTR));
	if (n == -1)
		return strerror(errno);
	return n > 0 ? "is too long for a password" : NULL;
}

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
	int fd;

	*c = (struct credentials){ .user = config->user };
	if (c->user == NULL)
		return 0;
	fd = open(config->password_file,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1)
		wrong = strerror(errno);
	else if ((wrong = read_file(fd, &text)) == NULL)
		wrong = take_line(&text, &c->password);
	if (fd != -1)
		close(fd);
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
