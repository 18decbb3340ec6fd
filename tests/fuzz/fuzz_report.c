#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mail/job.h"
#include "mail/report.h"
#include "mail/trouble.h"
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
		assert(v->trouble >= 0 && v->trouble < TROUBLE_RATE);
		for (const char *p = v->text; *p != '\0'; p++)
			assert((unsigned char)*p >= ' ' && *p != 127);
	}
}

/* A report that is accepted is the same when it is sent on. */
static void
send_on(const struct report *report)
{
	struct buf sent = { 0 }, again = { 0 };
	struct report same;
	char *rest, *first;

	report_encode(report, &sent);
	first = strdup(sent.data);
	rest = sent.data;
	assert(report_decode(&same, &rest) == 1 && *rest == '\0');
	assert(same.kind == report->kind);
	assert(same.nverdicts == report->nverdicts);
	report_encode(&same, &again);
	assert(strcmp(again.data, first) == 0);
	report_free(&same);
	free(first);
	buf_free(&sent);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf packet = { 0 };
	struct report report;
	char *rest;

	buf_add(&packet, data, len);
	rest = packet.data;
	while (report_decode(&report, &rest) == 1) {
		check(&report);
		send_on(&report);
		report_free(&report);
	}
	buf_free(&packet);
	return 0;
}
