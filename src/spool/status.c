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
#include "mail/trouble.h"
#include "spool/spool.h"

#define STATUS_NAME "relay"

enum { STATUS_MAX = 2048 };

int
status_write(int spool, const struct status *s)
{
	struct buf text = { 0 };
	int result;

	if (s == NULL) {
		result = unlinkat(spool, STATUS_NAME, 0);
		return result == -1 && errno == ENOENT ? 0 : result;
	}
	buf_printf(&text, "%" PRId64 " %s %s\n", s->since,
	    trouble_name((enum trouble)s->trouble), s->reason);
	result = spool_replace(spool, STATUS_NAME, &text);
	buf_free(&text);
	return result;
}

static int
parse(struct status *s, char *text)
{
	uint64_t since;
	const char *name;

	text[strcspn(text, "\n")] = '\0';
	if (number_word(&text, INT64_MAX, &since) == -1 || text == NULL)
		return -1;
	name = strsep(&text, " ");
	s->since = (int64_t)since;
	s->trouble = (int)trouble_named(name);
	if (s->trouble == TROUBLE_KINDS || text == NULL)
		return -1;
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
