#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/job.h"
#include "mail/report.h"
#include "mail/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct report *r)
{
	assert(r->kind <= REPORT_ENDED && r->nverdicts <= JOB_RECIPIENTS);
	assert((r->nverdicts > 0) == (r->kind >= REPORT_DONE));
	for (size_t i = 0; i < r->nverdicts; i++) {
		const struct verdict *v = &r->verdicts[i];

		assert(v->class <= VERDICT_LOCAL);
		assert(v->outcome <= VERDICT_PERMANENT);
		for (const char *p = v->text; *p != '\0'; p++)
			assert((unsigned char)*p >= ' ' && *p != 127);
	}
}

/* A report that is accepted is the same when it is sent on. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf packet = { 0 }, sent = { 0 }, again = { 0 };
	struct report report, same;

	buf_add(&packet, data, len);
	if (report_decode(&report, packet.data, packet.len) == 0) {
		check(&report);
		report_encode(&report, &sent);
		buf_add(&again, sent.data, sent.len);
		assert(report_decode(&same, again.data, again.len) == 0);
		assert(same.kind == report.kind);
		assert(same.nverdicts == report.nverdicts);
		buf_clear(&packet);
		report_encode(&same, &packet);
		assert(strcmp(packet.data, sent.data) == 0);
		report_free(&report);
		report_free(&same);
	}
	buf_free(&packet);
	buf_free(&sent);
	buf_free(&again);
	return 0;
}
