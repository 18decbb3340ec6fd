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
#include "mail/job.h"

static void
assert_same(const struct job *a, const struct job *b)
{
	assert_int_equal(a->slot, b->slot);
	assert_string_equal(a->id, b->id);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->eightbit, b->eightbit);
	assert_string_equal(a->sender, b->sender);
	assert_int_equal(a->nrecipients, b->nrecipients);
	for (size_t i = 0; i < a->nrecipients; i++)
		assert_string_equal(a->recipients[i], b->recipients[i]);
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
		.sender = "\"a  b\"@x",
		.recipients = { "c d@x", "e@y" },
		.nrecipients = 2,
	};

	(void)state;
	round_trip(&job);
	job.slot = 0;
	job.offset = job.size = 0;
	job.eightbit = false;
	job.sender = "";
	job.nrecipients = 1;
	round_trip(&job);
}

/* The largest job fits into a packet. */
static void
test_largest(void **state)
{
	char address[ADDRESS_MAX + 1];
	struct job job = {
		.slot = UINT32_MAX,
		.id = "62A1B2C3D4E5F",
		.offset = INT64_MAX,
		.size = INT64_MAX,
		.sender = address,
		.nrecipients = JOB_RECIPIENTS,
	};

	(void)state;
	memset(address, 'a', ADDRESS_MAX);
	address[ADDRESS_MAX] = '\0';
	for (size_t i = 0; i < JOB_RECIPIENTS; i++)
		job.recipients[i] = address;
	round_trip(&job);
}

static void
test_too_many(void **state)
{
	struct buf packet = { 0 };
	struct job job;

	(void)state;
	buf_adds(&packet, "1 2 3 0 ID\n\n");
	for (size_t i = 0; i <= JOB_RECIPIENTS; i++)
		buf_adds(&packet, "a@x\n");
	assert_int_equal(job_decode(&job, packet.data, packet.len), -1);
	buf_free(&packet);
}

static const struct {
	const char *packet;
	int result;
} rows[] = {
	{ "1 2 3 0 ID\n\na@x\n", 0 },
	{ "1 2 3 1 ID\nb@y\na@x\nc@z\n", 0 },
	{ "", -1 },
	{ "\n", -1 },
	{ "\n\n\n", -1 },
	{ "1 2 3 0 ID\n\na@x", -1 },
	{ "1 2 3 0 ID\n", -1 },
	{ "1 2 3 0 ID\n\n", -1 },
	{ "1 2 3 0 ID\n\n\n", -1 },
	{ "1 2 3 0 ID\n\na@x\n\n", -1 },
	{ "1 2 3 0\n\na@x\n", -1 },
	{ "1 2 3 2 ID\n\na@x\n", -1 },
	{ "1 2 3 9 ID\n\na@x\n", -1 },
	{ "1 2  3 0 ID\n\na@x\n", -1 },
	{ "-1 2 3 0 ID\n\na@x\n", -1 },
	{ "4294967296 2 3 0 ID\n\na@x\n", -1 },
	{ "1 9223372036854775808 3 0 ID\n\na@x\n", -1 },
	{ "1 2 9223372036854775808 0 ID\n\na@x\n", -1 },
	{ "1 2 99999999999999999999 0 ID\n\na@x\n", -1 },
	{ "1 2 0x3 0 ID\n\na@x\n", -1 },
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
	char packet[] = "1 2 3 0 ID\n\na@x\0b\n";
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
