#include <config.h>

#include "mail/job.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/number.h"
#include "mail/dsn.h"

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/*
 * A packet is lines: "SLOT OFFSET SIZE EIGHTBIT UTF8 TLS ID",
 * "RET ENVID SENDER", and "NOTIFY ORCPT ADDRESS" for each recipient.  What was
 * not asked is 0 and the empty string.
 */
void
job_encode(const struct job *j, struct buf *out)
{
	buf_printf(out, "%" PRIu32 " %" PRIu64 " %" PRIu64 " %d %d %d %s\n",
	    j->slot, (uint64_t)j->offset, (uint64_t)j->size, j->eightbit,
	    j->utf8, j->require_tls, j->id);
	buf_printf(out, "%u %s %s\n", j->ret, or_empty(j->envid), j->sender);
	for (size_t i = 0; i < j->nrecipients; i++) {
		const struct job_recipient *r = &j->recipients[i];

		buf_printf(out, "%u %s %s\n", r->notify, or_empty(r->orcpt),
		    r->address);
	}
}

static int
decode_first(struct job *j, char *line)
{
	uint64_t slot, offset, size, eightbit, utf8, tls;

	if (number_word(&line, UINT32_MAX, &slot) == -1 ||
	    number_word(&line, INT64_MAX, &offset) == -1 ||
	    number_word(&line, INT64_MAX, &size) == -1 ||
	    number_word(&line, 1, &eightbit) == -1 ||
	    number_word(&line, 1, &utf8) == -1 ||
	    number_word(&line, 1, &tls) == -1 || line == NULL)
		return -1;
	j->slot = (uint32_t)slot;
	j->offset = (off_t)offset;
	j->size = (off_t)size;
	j->eightbit = eightbit == 1;
	j->utf8 = utf8 == 1;
	j->require_tls = tls == 1;
	j->id = line;
	return 0;
}

/* A number, a word that may be empty (NULL then), and an address. */
static int
decode_address(char *line, unsigned max, unsigned *number, const char **word,
    const char **address)
{
	uint64_t value;

	if (line == NULL || number_word(&line, max, &value) == -1 ||
	    (*word = strsep(&line, " ")) == NULL || line == NULL)
		return -1;
	*number = (unsigned)value;
	*address = line;
	if (**word == '\0')
		*word = NULL;
	return 0;
}

static int
decode_recipient(struct job *j, char *line)
{
	struct job_recipient *r = &j->recipients[j->nrecipients];

	if (j->nrecipients == JOB_RECIPIENTS)
		return -1;
	j->nrecipients++;
	if (decode_address(line, DSN_NEVER | DSN_SUCCESS | DSN_FAILURE |
	    DSN_DELAY, &r->notify, &r->orcpt, &r->address) == -1)
		return -1;
	return r->address[0] != '\0' ? 0 : -1;
}

int
job_decode(struct job *j, char *packet, size_t len)
{
	char *rest = packet, *line;

	*j = (struct job){ 0 };
	if (len == 0 || packet[len - 1] != '\n' || strlen(packet) != len)
		return -1;
	packet[len - 1] = '\0';
	if (decode_first(j, strsep(&rest, "\n")) == -1 ||
	    decode_address(strsep(&rest, "\n"), DSN_RET_HDRS, &j->ret,
	    &j->envid, &j->sender) == -1)
		return -1;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (decode_recipient(j, line) == -1)
			return -1;
	return j->nrecipients > 0 ? 0 : -1;
}
