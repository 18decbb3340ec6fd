#include <config.h>

#include "mail/job.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/number.h"

/*
 * A packet is lines: "SLOT OFFSET SIZE EIGHTBIT ID", the sender, and one
 * for each recipient.
 */
void
job_encode(const struct job *j, struct buf *out)
{
	buf_printf(out, "%" PRIu32 " %" PRIu64 " %" PRIu64 " %d %s\n%s\n",
	    j->slot, (uint64_t)j->offset, (uint64_t)j->size, j->eightbit,
	    j->id, j->sender);
	for (size_t i = 0; i < j->nrecipients; i++)
		buf_printf(out, "%s\n", j->recipients[i]);
}

static int
decode_first(struct job *j, char *line)
{
	uint64_t slot, offset, size, eightbit;

	if (number_word(&line, UINT32_MAX, &slot) == -1 ||
	    number_word(&line, INT64_MAX, &offset) == -1 ||
	    number_word(&line, INT64_MAX, &size) == -1 ||
	    number_word(&line, 1, &eightbit) == -1 || line == NULL)
		return -1;
	j->slot = (uint32_t)slot;
	j->offset = (off_t)offset;
	j->size = (off_t)size;
	j->eightbit = eightbit == 1;
	j->id = line;
	return 0;
}

int
job_decode(struct job *j, char *packet, size_t len)
{
	char *rest = packet, *first, *line;

	*j = (struct job){ 0 };
	if (len == 0 || packet[len - 1] != '\n' || strlen(packet) != len)
		return -1;
	packet[len - 1] = '\0';
	first = strsep(&rest, "\n");
	if (decode_first(j, first) == -1)
		return -1;
	j->sender = strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (j->nrecipients == JOB_RECIPIENTS || line[0] == '\0')
			return -1;
		j->recipients[j->nrecipients++] = line;
	}
	return j->sender != NULL && j->nrecipients > 0 ? 0 : -1;
}
