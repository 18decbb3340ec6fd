#include <config.h>

#include "spool/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/number.h"

#define STATUS_NAME "relay"
#define STATUS_TMP "tmp/relay"

enum { STATUS_MAX = 2048 };

/* Written aside and renamed, so that nobody reads half of it. */
static int
replace(int spool, const struct buf *text)
{
	int fd, result;

	unlinkat(spool, STATUS_TMP, 0);
	fd = openat(spool, STATUS_TMP,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	result = io_write(fd, text->data, text->len);
	if (close(fd) == -1 || result == -1)
		return -1;
	return renameat(spool, STATUS_TMP, spool, STATUS_NAME);
}

int
status_write(int spool, const struct status *s)
{
	struct buf text = { 0 };
	int result;

	if (s == NULL) {
		result = unlinkat(spool, STATUS_NAME, 0);
		return result == -1 && errno == ENOENT ? 0 : result;
	}
	buf_printf(&text, "%" PRId64 " %s\n", s->since, s->reason);
	result = replace(spool, &text);
	buf_free(&text);
	return result;
}

static int
parse(struct status *s, char *text)
{
	uint64_t since;

	text[strcspn(text, "\n")] = '\0';
	if (number_word(&text, INT64_MAX, &since) == -1 || text == NULL)
		return -1;
	s->since = (int64_t)since;
	strlcpy(s->reason, text, sizeof(s->reason));
	return 0;
}

int
status_read(int spool, struct status *s)
{
	struct buf text = { 0 };
	int result;

	if (io_read_file(spool, STATUS_NAME, &text, STATUS_MAX) == -1) {
		buf_free(&text);
		return errno == ENOENT ? 0 : -1;
	}
	result = text.len > 0 && parse(s, text.data) == 0;
	buf_free(&text);
	return result;
}
