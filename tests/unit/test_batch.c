#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "flush/batch.h"
#include "mail/dsn.h"
#include "mail/envelope.h"
#include "mail/job.h"

#define OE "\303\266"

static const struct {
	const char *sender;
	const char *recipients;	/* state and address, parted by blanks */
	const char *batches;	/* indices; "/" ends a batch, "u" is for
				 * those with SMTPUTF8 */
} rows[] = {
	{ "a@x", "-a@y", "0/" },
	{ "", "-a@y", "0/" },
	{ "a@x", "-a@y -b@y -c@y", "0 1 2/" },
	{ "a@x", "Da@y -b@y Fc@y -d@y", "1 3/" },
	{ "a@x", "Da@y Fb@y", "" },
	{ "a@x", "-" OE "@y", "u0/" },
	{ "a@x", "-a@" OE, "u0/" },
	{ "", "-" OE "@y", "u0/" },
	/* Others do not go with them, wherever they stand. */
	{ "a@x", "-" OE "@y -b@y", "1/u0/" },
	{ "a@x", "-a@y -" OE "@y", "0/u1/" },
	{ "a@x", "-" OE "@y -b@y -a@" OE " -d@y", "1 3/u0 2/" },
	{ "a@x", "D" OE "@y -b@y F" OE "@y -" OE "@z", "1/u3/" },
	{ "a@x", "-" OE "@y Db@y", "u0/" },
	{ "a@x", "D" OE "@y -b@y", "1/" },
	/* Unless the sender needs it anyway. */
	{ OE "@x", "-a@y", "u0/" },
	{ OE "@x", "-a@y -" OE "@y -c@y", "u0 1 2/" },
};

static void
fill(struct envelope *e, const char *sender, const char *recipients)
{
	char *text = strdup(recipients), *rest = text, *word;

	*e = (struct envelope){ .sender = strdup(sender) };
	while ((word = strsep(&rest, " ")) != NULL) {
		envelope_add_recipient(e, word + 1);
		e->recipients[e->nrecipients - 1].state =
		    (enum recipient_state)word[0];
	}
	free(text);
}

static void
print(const struct batch *b, const struct job *job, struct buf *out)
{
	assert_int_equal(b->nrecipients, job->nrecipients);
	if (job->utf8)
		buf_addc(out, 'u');
	for (size_t i = 0; i < b->nrecipients; i++)
		buf_printf(out, "%s%zu", i > 0 ? " " : "", b->recipients[i]);
	buf_addc(out, '/');
}

static void
test_rows(void **state)
{
	struct buf got = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct batch *b = batch_new();
		struct envelope e;
		struct job job;

		fill(&e, rows[i].sender, rows[i].recipients);
		buf_clear(&got);
		buf_adds(&got, "");
		while (batch_has_next(b, &e)) {
			batch_next(b, &e, JOB_RECIPIENTS, &job);
			assert_true(b->nrecipients > 0);
			print(b, &job, &got);
		}
		if (strcmp(got.data, rows[i].batches) != 0)
			fail_msg("%s: %s", rows[i].recipients, got.data);
		envelope_free(&e);
		batch_free(b);
	}
	buf_free(&got);
}

/* What is settled meanwhile is not due; what is not is not tried twice. */
static void
test_verdicts(void **state)
{
	struct batch *b = batch_new();
	struct envelope e;
	struct job job;

	(void)state;
	fill(&e, "a@x", "-" OE "@y -b@y -c@y");
	batch_next(b, &e, JOB_RECIPIENTS, &job);
	assert_int_equal(b->nrecipients, 2);
	e.recipients[1].state = RECIPIENT_DELIVERED;
	e.recipients[0].state = RECIPIENT_FAILED;
	assert_false(batch_has_next(b, &e));
	envelope_free(&e);
	batch_free(b);
}

/* Fewer at a time, and those that were too many come again, in order. */
static void
test_most(void **state)
{
	struct batch *b = batch_new();
	struct buf got = { 0 };
	struct envelope e;
	struct job job;

	(void)state;
	fill(&e, "a@x", "-a@y -b@y -" OE "@y -d@y -e@y -f@y -g@y");
	batch_next(b, &e, 4, &job);
	print(b, &job, &got);
	batch_put_back(b, 2);
	batch_next(b, &e, 2, &job);
	print(b, &job, &got);
	e.recipients[5].state = RECIPIENT_DELIVERED;
	while (batch_has_next(b, &e)) {
		batch_next(b, &e, 2, &job);
		print(b, &job, &got);
	}
	assert_string_equal(got.data, "0 1 3 4/3 4/6/u2/");
	buf_free(&got);
	envelope_free(&e);
	batch_free(b);
}

static void
test_many(void **state)
{
	struct batch *b = batch_new();
	struct envelope e = { .sender = strdup("") };
	struct job job;
	size_t next = 0;

	(void)state;
	for (size_t i = 0; i < 2 * JOB_RECIPIENTS + 1; i++)
		envelope_add_recipient(&e, "a@x");
	while (batch_has_next(b, &e)) {
		batch_next(b, &e, JOB_RECIPIENTS, &job);
		for (size_t i = 0; i < b->nrecipients; i++)
			assert_int_equal(b->recipients[i], next++);
		assert_int_equal(b->nrecipients,
		    next <= 2 * JOB_RECIPIENTS ? JOB_RECIPIENTS : 1);
	}
	assert_int_equal(next, e.nrecipients);
	envelope_free(&e);
	batch_free(b);
}

static void
test_job(void **state)
{
	struct batch *b = batch_new();
	struct envelope e;
	struct job job;

	(void)state;
	fill(&e, "", "-a@x Db@x -c@x");
	e.recipients[2].notify = DSN_NEVER;
	e.recipients[2].orcpt = strdup("rfc822;d@x");
	batch_next(b, &e, JOB_RECIPIENTS, &job);
	assert_int_equal(job.nrecipients, 2);
	assert_ptr_equal(job.recipients[0].address, e.recipients[0].address);
	assert_int_equal(job.recipients[0].notify, 0);
	assert_null(job.recipients[0].orcpt);
	assert_ptr_equal(job.recipients[1].address, e.recipients[2].address);
	assert_int_equal(job.recipients[1].notify, DSN_NEVER);
	assert_ptr_equal(job.recipients[1].orcpt, e.recipients[2].orcpt);
	envelope_free(&e);
	batch_free(b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_most),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
