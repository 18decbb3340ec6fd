#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A job that is accepted is the same when it is sent on. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf packet = { 0 }, sent = { 0 }, again = { 0 };
	struct job job, same;

	buf_add(&packet, data, len);
	if (job_decode(&job, packet.data, packet.len) == 0) {
		assert(job.offset >= 0 && job.size >= 0);
		assert(job.nrecipients >= 1);
		assert(job.nrecipients <= JOB_RECIPIENTS);
		for (size_t i = 0; i < job.nrecipients; i++)
			assert(job.recipients[i].address[0] != '\0');
		job_encode(&job, &sent);
		buf_add(&again, sent.data, sent.len);
		assert(job_decode(&same, again.data, again.len) == 0);
		assert(same.eightbit == job.eightbit);
		assert(same.utf8 == job.utf8 && same.ret == job.ret);
		assert(same.require_tls == job.require_tls);
		assert(same.nrecipients == job.nrecipients);
		assert(strcmp(same.sender, job.sender) == 0);
		buf_clear(&packet);
		job_encode(&same, &packet);
		assert(strcmp(packet.data, sent.data) == 0);
	}
	buf_free(&packet);
	buf_free(&sent);
	buf_free(&again);
	return 0;
}
