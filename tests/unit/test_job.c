#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/dsn.h"
#include "mail/job.h"

static void
assert_same_text(const char *a, const char *b)
{
	if (b == NULL)
		assert_null(a);
	else
		assert_string_equal(a, b);
}

static void
assert_same(const struct job *a, const struct job *b)
{
	assert_int_equal(a->slot, b->slot);
	assert_string_equal(a->id, b->id);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->eightbit, b->eightbit);
	assert_int_equal(a->utf8, b->utf8);
	assert_int_equal(a->require_tls, b->require_tls);
	assert_string_equal(a->sender, b->sender);
	assert_int_equal(a->ret, b->ret);
	assert_same_text(a->envid, b->envid);
	assert_int_equal(a->nrecipients, b->nrecipients);
	for (size_t i = 0; i < a->nrecipients; i++) {
		assert_string_equal(a->recipients[i].address,
		    b->recipients[i].address);
		assert_int_equal(a->recipients[i].notify,
		    b->recipients[i].notify);
		assert_same_text(a->recipients[i].orcpt,
		    b->recipients[i].orcpt);
	}
}

static void
round_trip(const struct job *job)
{
	struct buf packet = { 0 };
	struct job again;

	job_encode(job, &packet);
	assert_true(packet.len <= JOB_MAX);
	assert_int_equal(job_decode(&again, packet.data, packet.len), 0);
	assert_same(&again, job);
	buf_free(&packet);
}

static void
test_round_trip(void **state)
{
	struct job job = {
		.slot = UINT32_MAX,
		.id = "62A1B2C3D4E5F",
		.offset = 349,
		.size = INT64_MAX,
		.eightbit = true,
		.utf8 = true,
		.require_tls = true,
		.sender = "\"a  b\"@x",
		.ret = DSN_RET_HDRS,
		.envid = "QQ314159",
		.recipients = {
			{ .address = "c d@x" },
			{ .address = "e@y", .notify = DSN_NEVER },
			{ .address = "f  g@y", .orcpt = "rfc822;f+20g@z" },
			{ "h@y", DSN_SUCCESS | DSN_FAILURE | DSN_DELAY,
			    "utf-8;\303\266@y" },
		},
		.nrecipients = 4,
	};

	(void)state;
	round_trip(&job);
	job.slot = 0;
	job.offset = job.size = 0;
	job.eightbit = job.utf8 = job.require_tls = false;
	job.sender = "";
	job.ret = DSN_RET_NONE;
	job.envid = NULL;
	job.nrecipients = 1;
	round_trip(&job);
}

/* The largest job fits into a packet. */
static void
test_largest(void **state)
{
	char address[ADDRESS_MAX + 1], orcpt[DSN_ORCPT_MAX + 1];
	struct job job = {
		.slot = UINT32_MAX,
		.id = "62A1B2C3D4E5F",
		.offset = INT64_MAX,
		.size = INT64_MAX,
		.sender = address,
		.ret = DSN_RET_FULL,
		.envid = orcpt + DSN_ORCPT_MAX - DSN_ENVID_MAX,
		.nrecipients = JOB_RECIPIENTS,
	};

	(void)state;
	memset(address, 'a', ADDRESS_MAX);
	address[ADDRESS_MAX] = '\0';
	memset(orcpt, 'x', DSN_ORCPT_MAX);
	orcpt[DSN_ORCPT_MAX] = '\0';
	for (size_t i = 0; i < JOB_RECIPIENTS; i++)
		job.recipients[i] = (struct job_recipient){
			.address = address,
			.notify = DSN_SUCCESS | DSN_FAILURE | DSN_DELAY,
			.orcpt = orcpt,
		};
	round_trip(&job);
}

static void
test_too_many(void **state)
{
	struct buf packet = { 0 };
	struct job job;

	(void)state;
	buf_adds(&packet, "1 2 3 0 0 0 ID\n0  \n");
	for (size_t i = 0; i <= JOB_RECIPIENTS; i++)
		buf_adds(&packet, "0  a@x\n");
	assert_int_equal(job_decode(&job, packet.data, packet.len), -1);
	buf_free(&packet);
}

#define FIRST "1 2 3 0 0 0 ID\n"
#define FROM "0  \n"
#define TO "0  a@x\n"

static const struct {
	const char *packet;
	int result;
} rows[] = {
	{ FIRST FROM TO, 0 },
	{ "1 2 3 1 1 1 ID\n1 x b@y\n15 y;z a@x\n" TO, 0 },
	{ "", -1 },
	{ "\n", -1 },
	{ "\n\n\n", -1 },
	{ FIRST FROM "0  a@x", -1 },
	{ FIRST, -1 },
	{ FIRST FROM, -1 },
	{ FIRST "\n" TO, -1 },
	{ FIRST FROM "\n", -1 },
	{ FIRST FROM TO "\n", -1 },
	{ FIRST TO "0  \n", -1 },
	{ "1 2 3 0 0\n" FROM TO, -1 },
	{ "1 2 3 0 0 ID\n" FROM TO, -1 },
	{ "1 2 3 2 0 0 ID\n" FROM TO, -1 },
	{ "1 2 3 0 2 0 ID\n" FROM TO, -1 },
	{ "1 2 3 0 0 2 ID\n" FROM TO, -1 },
	{ "1 2  3 0 0 0 ID\n" FROM TO, -1 },
	{ "-1 2 3 0 0 0 ID\n" FROM TO, -1 },
	{ "4294967296 2 3 0 0 0 ID\n" FROM TO, -1 },
	{ "1 9223372036854775808 3 0 0 0 ID\n" FROM TO, -1 },
	{ "1 2 9223372036854775808 0 0 0 ID\n" FROM TO, -1 },
	{ "1 2 99999999999999999999 0 0 0 ID\n" FROM TO, -1 },
	{ "1 2 0x3 0 0 0 ID\n" FROM TO, -1 },
	{ FIRST "b@y\n" TO, -1 },
	{ FIRST "0 b@y\n" TO, -1 },
	{ FIRST "3  b@y\n" TO, -1 },
	{ FIRST FROM "a@x\n", -1 },
	{ FIRST FROM "0 a@x\n", -1 },
	{ FIRST FROM "16  a@x\n", -1 },
	{ FIRST FROM "-1  a@x\n", -1 },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *packet = strdup(rows[i].packet);
		struct job job;
		int result = job_decode(&job, packet, strlen(packet));

		if (result != rows[i].result)
			fail_msg("%d: %s", result, rows[i].packet);
		free(packet);
	}
}

static void
test_nul(void **state)
{
	char packet[] = FIRST FROM "0  a@x\0b\n";
	struct job job;

	(void)state;
	assert_int_equal(job_decode(&job, packet, sizeof(packet) - 1), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
